//! A page as a benchmark has written it: facts, and sections with a table each.

use std::fs;
use std::path::Path;

use crate::Failure;

pub(crate) struct Page {
    facts: Vec<String>,
    /// By their titles without numbers.
    tables: Vec<(String, Table)>,
}

pub(crate) struct Table {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) whose: Whose,
    /// None where there is no figure.
    pub(crate) figures: Vec<Option<f64>>,
}

/// What a row is in the comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Whose {
    Ours,
    Others,
    /// What the machine or the language itself asks.
    Floor,
}

/// How the Python page marks the rows of this project, and what it has no mark for.
const OURS: &str = " (this package)";
const FLOORS: [&str; 5] = ["nothing", "PyO3 class", "C class", "Python class", "a function that raises"];

impl Page {
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let (head, rest) = text.split_once("\n## ").unwrap_or((text, ""));
        let facts = head.lines().filter_map(|line| line.strip_prefix("- ")).map(str::to_owned).collect();
        let sections = rest.split("\n## ").filter_map(|section| {
            let (title, body) = section.split_once('\n')?;
            let title = title.split_once(". ").map_or(title, |(_, title)| title);
            Some((title.to_owned(), Table::parse(body)?))
        });
        Self { facts, tables: sections.collect() }
    }

    pub(crate) fn table(&self, section: &str) -> Result<&Table, Failure> {
        let found = self.tables.iter().find(|(title, _)| title == section).map(|(_, table)| table);
        found.ok_or_else(|| format!("there is no table in a section {section:?}").into())
    }

    /// The processor and the versions, for the foot of a picture.
    pub(crate) fn facts(&self) -> impl Iterator<Item = &str> {
        const WANTED: [&str; 6] = ["Processor", "Kernel", "Compiler", "Interpreter", "Crates", "Packages"];
        self.facts.iter().map(String::as_str).filter(|fact| WANTED.iter().any(|wanted| fact.starts_with(wanted)))
    }

    pub(crate) fn facts_as_list(&self) -> String {
        self.facts.iter().map(|fact| format!("- {fact}\n")).collect()
    }
}

impl Table {
    fn parse(body: &str) -> Option<Self> {
        let mut lines = body.lines().filter(|line| line.starts_with('|')).map(cells);
        let header = lines.next()?;
        let rows = lines.skip(1).map(|cells| Row::new(&cells[0], &cells[1..])).collect();
        Some(Self { header, rows })
    }

    /// Which of a row's figures stand below this header.
    pub(crate) fn column(&self, name: &str) -> Result<usize, Failure> {
        let found = self.header.iter().skip(1).position(|header| header == name);
        found.ok_or_else(|| format!("there is no column {name:?}").into())
    }
}

impl Row {
    fn new(name: &str, figures: &[String]) -> Self {
        let plain = name.trim_matches('*');
        let whose = match name.len() - plain.len() {
            4 => Whose::Ours,
            2 => Whose::Floor,
            _ if plain.contains(OURS) => Whose::Ours,
            _ if FLOORS.iter().any(|floor| plain.starts_with(floor)) => Whose::Floor,
            _ => Whose::Others,
        };
        // What a function is raised by at its signal, or a bare handler, is the language's own, too.
        let whose = if plain.contains("a handler that") { Whose::Floor } else { whose };
        Self { name: plain.replace(OURS, ""), whose, figures: figures.iter().map(|text| figure(text)).collect() }
    }
}

fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// A figure as the tables write it: `1,000`, `1.07x`, `0.1`; none for `-`.
pub(crate) fn figure(text: &str) -> Option<f64> {
    text.trim_end_matches('x').replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Title\n\n- Processor: one\n- Load: 7\n\n## Targets\n\n| target | aim |\n| --- | ---:|\n| a | 1 |\n\n\
                        ## 3. Ways\n\nText with | in it.\n\n| way | p50 ms | p99 ms |\n| --- | ---:| ---:|\n\
                        | **ours** | 1,000 | 1.5x |\n| *floor* | - | 0.1 |\n| theirs | 2 | 3 |\n";

    #[test]
    fn a_page_has_facts_and_tables() {
        let page = Page::parse(PAGE);
        assert_eq!(page.facts().collect::<Vec<_>>(), ["Processor: one"]);
        let table = page.table("Ways").unwrap();
        assert_eq!(table.column("p99 ms").unwrap(), 1);
        assert!(table.column("p90 ms").is_err() && page.table("Others").is_err());
        let rows: Vec<_> = table.rows.iter().map(|row| (row.name.as_str(), row.whose, row.figures.clone())).collect();
        let expected = [
            ("ours", Whose::Ours, vec![Some(1000.0), Some(1.5)]),
            ("floor", Whose::Floor, vec![None, Some(0.1)]),
            ("theirs", Whose::Others, vec![Some(2.0), Some(3.0)]),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn rows_of_the_python_page_say_whose_they_are() {
        let whose = |name| Row::new(name, &[]).whose;
        assert_eq!(whose("a lock: graceful_shutdown (this package)"), Whose::Ours);
        assert_eq!(whose("a lock: a timer's signal, a handler that raises"), Whose::Floor);
        assert_eq!(whose("PyO3 class that does nothing"), Whose::Floor);
        assert_eq!(whose("graceful-shutdown 0.1.2"), Whose::Others);
    }
}

//! Draws the tables of the benchmarks' pages as pictures: `bench-plots DOCS`.
//!
//! It reads `DOCS/bench.md` and `DOCS/bench-python.md`, as the benchmarks have written them, and writes `DOCS/plots/*.svg`
//! and `DOCS/plots.md`, which shows them. So a picture cannot say anything else than its table does, and each has the
//! machine and the versions of the page that it was drawn from.

mod bars;
mod catalogue;
mod lines;
mod page;
mod style;

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use catalogue::{PICTURES, Picture, Shape};
use page::Page;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let docs = std::env::args().nth(1).ok_or("usage: bench-plots DOCS")?;
    let docs = Path::new(&docs);
    fs::create_dir_all(docs.join("plots"))?;
    let mut gallery = String::from(
        "# The benchmarks as pictures\n\nDrawn by `cargo xtask bench` from the tables of [bench.md](bench.md) and \
         [bench-python.md](bench-python.md), which say how each was measured. Of bars, blue are this project's, orange others', \
         and grey is what the machine or the language itself asks. All axes are logarithmic.\n",
    );
    for (file, title) in [("bench.md", "The crate"), ("bench-python.md", "The Python package")] {
        let page = Page::read(&docs.join(file))?;
        write!(gallery, "\n## {title}\n\n{}", page.facts_as_list())?;
        for picture in PICTURES.iter().filter(|picture| picture.page == file) {
            let name = picture.file;
            draw(picture, &page, &docs.join("plots").join(format!("{name}.svg")))
                .map_err(|error| format!("{name}: {error}"))?;
            write!(gallery, "\n### {}\n\n![{}](plots/{name}.svg)\n", picture.title, picture.title)?;
        }
    }
    fs::write(docs.join("plots.md"), gallery)?;
    println!("{} pictures written to {}", PICTURES.len(), docs.join("plots").display());
    Ok(())
}

fn draw(picture: &Picture, page: &Page, path: &Path) -> Result<(), Failure> {
    let table = page.table(picture.section)?;
    match picture.shape {
        Shape::Bars { columns, unit } => bars::draw(path, picture.title, table, columns, unit, page.facts()),
        Shape::Rows { x, y } => lines::draw(path, picture.title, lines::of_rows(table)?, [x, y], page.facts()),
        Shape::Columns { begin, columns, x, y } => {
            lines::draw(path, picture.title, lines::of_columns(table, begin, columns)?, [x, y], page.facts())
        }
    }
}

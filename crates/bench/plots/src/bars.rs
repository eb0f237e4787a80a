//! Horizontal bars, a group for each row of a table. The axis is logarithmic: what is compared differs by orders of
//! magnitude.

use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::Failure;
use crate::page::{Row, Table};
use crate::style::{INK, colour, framed, letters};

const BAR: i32 = 14;
const GAP: i32 = 10;
/// Where the bars begin, right of the names.
const LEFT: i32 = 330;
const RIGHT: i32 = 70;
const AXIS: i32 = 44;

pub(crate) fn draw<'f>(
    path: &Path,
    title: &str,
    table: &Table,
    columns: &[&str],
    unit: &str,
    facts: impl Iterator<Item = &'f str>,
) -> Result<(), Failure> {
    let indices: Vec<usize> = columns.iter().map(|column| table.column(column)).collect::<Result<_, _>>()?;
    let figures = |row: &Row| -> Vec<Option<f64>> { indices.iter().map(|&index| row.figures[index]).collect() };
    let rows: Vec<(&Row, Vec<Option<f64>>)> = table.rows.iter().map(|row| (row, figures(row))).collect();
    // What is too small to be measured has no place on a logarithmic axis.
    let all = || rows.iter().flat_map(|(_, figures)| figures).flatten().copied().filter(|&figure| figure > 0.0);
    let (least, most) = (all().fold(f64::MAX, f64::min), all().fold(0.0, f64::max));
    if most == 0.0 {
        return Err("the table has no figures".into());
    }
    let (begin, end) = (least.log10().floor().min(most.log10() - 1.0), most.log10());
    let bars = i32::try_from(columns.len())?;
    let group = bars * BAR + GAP;
    let height = u32::try_from(group * i32::try_from(rows.len())? + AXIS)?;

    framed(path, title, height, facts, |area| {
        let width = i32::try_from(area.dim_in_pixel().0)? - LEFT - RIGHT;
        #[expect(clippy::cast_possible_truncation, reason = "a place in a picture")]
        let place = |figure: f64| LEFT + (f64::from(width) * (figure.log10() - begin) / (end - begin)).round() as i32;
        let bottom = group * i32::try_from(rows.len())?;
        let mut power = begin.ceil();
        while power <= end {
            let tick = 10_f64.powf(power);
            let x = place(tick);
            area.draw(&PathElement::new([(x, 0), (x, bottom)], INK.mix(0.15)))?;
            let style = letters(12).pos(Pos::new(HPos::Center, VPos::Top));
            area.draw(&Text::new(format!("{tick}"), (x, bottom + 4), style))?;
            power += 1.0;
        }
        let legend = if columns.len() > 1 { format!(" ({})", columns.join(", then ")) } else { String::new() };
        area.draw(&Text::new(format!("{unit}{legend}"), (LEFT, bottom + 22), letters(12)))?;

        for (top, (row, figures)) in (0..).step_by(usize::try_from(group)?).zip(&rows) {
            let middle = top + bars * BAR / 2;
            let style = letters(12).pos(Pos::new(HPos::Right, VPos::Center));
            area.draw(&Text::new(row.name.clone(), (LEFT - 8, middle), style))?;
            for (bar, &figure) in figures.iter().enumerate() {
                let y = top + i32::try_from(bar)? * BAR;
                let Some(figure) = figure else { continue };
                let x = if figure > 0.0 { place(figure).max(LEFT + 1) } else { LEFT + 1 };
                area.draw(&Rectangle::new([(LEFT, y), (x, y + BAR - 2)], colour(row.whose, bar).filled()))?;
                let style = letters(11).pos(Pos::new(HPos::Left, VPos::Center));
                area.draw(&Text::new(format!("{figure}"), (x + 5, y + BAR / 2 - 1), style))?;
            }
        }
        Ok(())
    })
}

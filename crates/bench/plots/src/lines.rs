//! Lines over a growing number: of threads, of open blocks. Both axes are logarithmic.

use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::Failure;
use crate::page::{Row, Table, Whose, figure};
use crate::style::{INK, LINES, framed, letters};

const HEIGHT: u32 = 400;
/// For each line's name, below the axes.
const NAME: u32 = 18;

/// A line: its name and its points.
pub(crate) type Line = (String, Vec<(f64, f64)>);

/// A line for each row; a column's header begins with its x.
pub(crate) fn of_rows(table: &Table) -> Result<Vec<Line>, Failure> {
    let number = |header: &String| header.split(' ').next().and_then(figure).ok_or(format!("no number: {header:?}"));
    let xs: Vec<f64> = table.header.iter().skip(1).map(number).collect::<Result<_, _>>()?;
    let points = |ys: &[Option<f64>]| xs.iter().zip(ys).filter_map(|(&x, &y)| Some((x, y?))).collect();
    let name = |row: &Row| match row.whose {
        Whose::Ours => format!("{} (this project)", row.name),
        Whose::Others | Whose::Floor => row.name.clone(),
    };
    Ok(table.rows.iter().map(|row| (name(row), points(&row.figures))).collect())
}

/// A line for each column, over the rows whose name begins so; the x is behind that.
pub(crate) fn of_columns(table: &Table, begin: &str, columns: &[&str]) -> Result<Vec<Line>, Failure> {
    let line = |name: &&str| -> Result<Line, Failure> {
        let column = table.column(name)?;
        let rows = table.rows.iter().filter_map(|row| Some((figure(row.name.strip_prefix(begin)?)?, row)));
        Ok(((*name).to_owned(), rows.filter_map(|(x, row)| Some((x, row.figures[column]?))).collect()))
    };
    columns.iter().map(line).collect()
}

pub(crate) fn draw<'f>(
    path: &Path,
    title: &str,
    lines: Vec<Line>,
    [x, y]: [&str; 2],
    facts: impl Iterator<Item = &'f str>,
) -> Result<(), Failure> {
    let all = || lines.iter().flat_map(|(_, points)| points);
    let most = |pick: fn(&(f64, f64)) -> f64| all().map(pick).fold(0.0, f64::max);
    let least = |pick: fn(&(f64, f64)) -> f64| all().map(pick).fold(f64::MAX, f64::min);
    let (xs, ys) = (least(|point| point.0)..most(|point| point.0), least(|point| point.1)..most(|point| point.1));
    if xs.is_empty() || ys.is_empty() {
        return Err("the table has too few figures".into());
    }
    let names = u32::try_from(lines.len())? * NAME + 10;
    framed(path, title, HEIGHT + names, facts, |area| {
        let (axes, below) = area.split_vertically(HEIGHT);
        let mut chart = ChartBuilder::on(&axes)
            .margin(10)
            .margin_right(40)
            .x_label_area_size(40)
            .y_label_area_size(60)
            .build_cartesian_2d(xs.log_scale(), (ys.start * 0.7..ys.end * 1.4).log_scale())?;
        chart
            .configure_mesh()
            .light_line_style(INK.mix(0.04))
            .bold_line_style(INK.mix(0.15))
            .label_style(letters(12))
            .x_label_formatter(&few)
            .y_label_formatter(&few)
            .axis_desc_style(letters(12))
            .x_desc(x)
            .y_desc(y)
            .draw()?;
        for (index, ((name, points), colour)) in (0_u32..).zip(lines.iter().zip(LINES.iter().cycle())) {
            let style = ShapeStyle::from(*colour).stroke_width(2);
            chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
            chart.draw_series(points.iter().map(|&point| Circle::new(point, 3, colour.filled())))?;
            let middle = i32::try_from(index * NAME + NAME / 2)?;
            below.draw(&PathElement::new([(70, middle), (94, middle)], style))?;
            let left = Pos::new(HPos::Left, VPos::Center);
            below.draw(&Text::new(name.clone(), (102, middle), letters(12).pos(left)))?;
        }
        Ok(())
    })
}

/// Labels at 1, 2 and 5 of each power of ten: on a logarithmic axis the others stand too close.
fn few(value: &f64) -> String {
    let digit = (value / 10_f64.powf(value.log10().floor())).round();
    if [1.0, 2.0, 5.0].contains(&digit) { format!("{value}") } else { String::new() }
}

//! What all pictures share: colours, letters, and the foot that says where the figures are from.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::Failure;
use crate::page::Whose;

pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

pub(crate) const WIDTH: u32 = 900;
const FONT: &str = "sans-serif";
const HEAD: u32 = 40;
const FOOT_LINE: u32 = 14;
/// So many letters of the foot fit into the width.
const FOOT_LETTERS: usize = 150;
/// Readable on white and on black, which is what pages are.
const PAPER: RGBColor = RGBColor(255, 255, 255);
pub(crate) const INK: RGBColor = RGBColor(40, 40, 40);
const PALE: RGBColor = RGBColor(110, 110, 110);

pub(crate) fn letters(size: u32) -> TextStyle<'static> {
    (FONT, size).into_font().color(&INK)
}

/// A colour for each line of a picture.
pub(crate) const LINES: [RGBColor; 7] = [
    RGBColor(31, 98, 189),
    RGBColor(217, 95, 2),
    RGBColor(27, 138, 90),
    RGBColor(150, 60, 160),
    RGBColor(190, 30, 45),
    RGBColor(120, 120, 120),
    RGBColor(120, 90, 30),
];

/// The first bar of a row is full, the second pale.
pub(crate) fn colour(whose: Whose, bar: usize) -> RGBAColor {
    let full = match whose {
        Whose::Ours => LINES[0],
        Whose::Others => LINES[1],
        Whose::Floor => RGBColor(130, 130, 130),
    };
    full.mix(if bar == 0 { 1.0 } else { 0.45 })
}

/// Draws a picture whose middle is `height` high: its title above, the facts below.
pub(crate) fn framed<'f>(
    path: &Path,
    title: &str,
    height: u32,
    facts: impl Iterator<Item = &'f str>,
    middle: impl FnOnce(&Area<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let foot: Vec<String> = facts.flat_map(wrapped).collect();
    let foot_height = FOOT_LINE * u32::try_from(foot.len())? + 12;
    let root = SVGBackend::new(path, (WIDTH, HEAD + height + foot_height)).into_drawing_area();
    root.fill(&PAPER)?;
    root.draw(&Text::new(title.to_owned(), (14, 12), letters(20)))?;
    for (line, text) in (0_u32..).zip(foot) {
        let place = (14, i32::try_from(HEAD + height + 4 + line * FOOT_LINE)?);
        root.draw(&Text::new(text, place, (FONT, 11).into_font().color(&PALE)))?;
    }
    let (_, below) = root.split_vertically(HEAD);
    let (area, _) = below.split_vertically(height);
    middle(&area)?;
    Ok(root.present()?)
}

fn wrapped(fact: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in fact.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < FOOT_LETTERS => {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

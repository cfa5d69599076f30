//! What a pack says of each row besides its bytes, held against what was sealed.

use sancha_model::Text;

use super::{
    RECORDS,
    proofs::SealedBlock,
    record::Record,
    texts,
    verdict::{Problem, Problems},
    verify::Numbered,
};
use crate::{
    BLOCK_ROWS, Part, StreamRange,
    page::{PageHeader, Run},
};

/// Row, source, stream and line are proven by the header of the page. The offset is proven for the
/// first row of a run and bound by its neighbours for the others; the time is a reading of the line
/// and is held to lie between the first and the last of the part.
pub(super) fn check(
    sealed: &SealedBlock,
    header: &PageHeader,
    part: &Part,
    rows: &[Numbered],
    problems: &mut Problems,
) {
    let first = sealed.block.saturating_mul(BLOCK_ROWS as u64);
    let first_row = sealed.page.saturating_mul(crate::PAGE_ROWS as u64).saturating_add(first);
    // Where the row before ends, while it is of the same run.
    let mut end = None;
    for (place, (line, row)) in (0..).zip(rows) {
        let mut wrong = |what: &Text| problems.rows(Problem::at(RECORDS, *line, what.local()));
        let Some((run, nth)) = header.locate(first.saturating_add(place)) else {
            wrong(&texts::ROW_OUTSIDE);
            continue;
        };
        if row.row != first_row.saturating_add(place) {
            wrong(&texts::ROW_NUMBER);
        }
        if row.source != part.source {
            wrong(&texts::ROW_SOURCE);
        }
        if row.stream.0 != run.stream || row.line != run.first_line.saturating_add(nth) {
            wrong(&texts::ROW_LINE);
        }
        let length = row.raw().map_or(0, |raw| raw.len() as u64);
        if !is_offset_right(row, run, nth, end) || !is_in_streams(row, length, &part.streams) {
            wrong(&texts::ROW_OFFSET);
        }
        if !is_time_right(row, part) {
            wrong(&texts::ROW_TIME);
        }
        let is_last_of_run = nth.saturating_add(1) == u64::from(run.rows);
        end = row.offset.checked_add(length).filter(|_| !is_last_of_run);
    }
}

fn is_offset_right(row: &Record, run: &Run, nth: u64, end: Option<u64>) -> bool {
    match (nth, end) {
        (0, _) => row.offset == run.first_offset,
        (_, Some(end)) => row.offset == end,
        // The rows before are in another block. Each line has a byte at least.
        (_, None) => row.offset >= run.first_offset.saturating_add(nth),
    }
}

fn is_in_streams(row: &Record, length: u64, streams: &[StreamRange]) -> bool {
    let Some(end) = row.offset.checked_add(length) else { return false };
    let is_in = |range: &StreamRange| range.from <= row.offset && end <= range.to;
    streams.iter().any(|range| range.id == row.stream && is_in(range))
}

fn is_time_right(row: &Record, part: &Part) -> bool {
    let Some(text) = &row.time else { return true };
    let Ok(time) = text.parse::<jiff::Timestamp>() else { return false };
    let (Some(first), Some(last)) = (part.first, part.last) else { return false };
    let is_within = (i128::from(first)..=i128::from(last)).contains(&time.as_nanosecond());
    is_within && time.to_string() == *text
}

//! Rows in the order of time, with bounded memory.
//!
//! Rows of a part are nearly in order, those of different sources are not. A stretch of time is searched, its
//! rows are rendered and sorted; one with too many rows is halved. A companion knows the times of each
//! stride, so that every row is read two or three times, however many stretches there are.

use sancha_model::EventTime;

use crate::{
    Answer, Lake, LakeError, Looked, Query, Render, Settings,
    query::{Filter, TimeRange},
};

/// Bytes of rendered rows that are held at once.
const HELD_BYTES: usize = 64 << 20;
/// What a row takes besides.
const ROW_BYTES: usize = 32;

/// Rows of a stretch of time.
#[derive(Default)]
struct Held {
    /// When, and where the row's text ends.
    rows: Vec<(EventTime, usize, usize)>,
    text: Vec<u8>,
}

impl Held {
    fn take(&mut self, answer: &Answer<'_>, render: &mut Render<'_>) {
        let from = self.text.len();
        render(answer, &mut self.text);
        let time = answer.hit.time().unwrap_or(EventTime::MIN);
        self.rows.push((time, from, self.text.len()));
    }

    fn bytes(&self) -> usize {
        self.text.len() + self.rows.len() * ROW_BYTES
    }

    /// In order of time; rows of one instant stay as they are. Whether more is wanted.
    fn emit(&mut self, emit: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.rows.sort_by_key(|(time, ..)| *time);
        let texts = self.rows.iter().filter_map(|(_, from, to)| self.text.get(*from..*to));
        for text in texts {
            if !emit(text) {
                return false;
            }
        }
        true
    }
}

/// What a search by time needs.
struct ByTime<'a, 'b> {
    lake: &'a Lake,
    query: &'a Query,
    settings: &'a Settings<'b>,
    held_bytes: usize,
    /// First and last time of the rows that answer and are not settled.
    unsettled: Option<(EventTime, EventTime)>,
}

impl Lake {
    /// Renders every row that answers and hands it to `emit` in the order of time, until that says `false`;
    /// rows without a time come last.
    ///
    /// # Errors
    /// When a file is missing or damaged.
    pub fn search_by_time(
        &self,
        query: &Query,
        settings: &Settings<'_>,
        render: &mut Render<'_>,
        emit: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<Looked, LakeError> {
        self.ordered(query, settings, HELD_BYTES, render, emit)
    }

    fn ordered(
        &self,
        query: &Query,
        settings: &Settings<'_>,
        held_bytes: usize,
        render: &mut Render<'_>,
        emit: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<Looked, LakeError> {
        let parts = self.catalog().parts.values();
        let concerned = parts.clone().filter(|part| query.concerns(part)).count();
        let mut looked = Looked { parts: parts.len() as u64, ..Looked::default() };
        looked.skipped = looked.parts - concerned as u64;
        let mut emit = |text: &[u8]| {
            looked.answers += 1;
            emit(text)
        };
        let mut search = ByTime { lake: self, query, settings, held_bytes, unsettled: None };
        search.look_at_unsettled()?;
        if search.timed(render, &mut emit)? && query.time.is_everything() {
            search.untimed(render, &mut emit)?;
        }
        Ok(looked)
    }
}

impl ByTime<'_, '_> {
    /// Learns when the rows that are not settled are of, so that they are looked at only where they can be.
    fn look_at_unsettled(&mut self) -> Result<(), LakeError> {
        let mut span: Option<(EventTime, EventTime)> = None;
        let mut note = |answer: Answer<'_>| {
            if let Some(time) = answer.hit.time() {
                let (first, last) = span.unwrap_or((time, time));
                span = Some((first.min(time), last.max(time)));
            }
            true
        };
        let (filters, mut looked) = (self.query.conditions(), Looked::default());
        self.lake.search_fresh(self.query, &filters, self.settings, &mut note, &mut looked)?;
        self.unsettled = span;
        Ok(())
    }

    /// Rows with a time. Whether more is wanted.
    fn timed(
        &self,
        render: &mut Render<'_>,
        emit: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<bool, LakeError> {
        let parts = self.lake.catalog().parts.values().filter(|part| self.query.concerns(part));
        let spans = parts.filter_map(|part| part.first.zip(part.last));
        let spans = spans.map(|(a, b)| (EventTime::from_nanos(a), EventTime::from_nanos(b)));
        let (mut from, mut to) = (EventTime::MAX, EventTime::MIN);
        for (first, last) in spans.chain(self.unsettled) {
            (from, to) = (from.min(first), to.max(last.plus(1)));
        }
        let asked = self.query.time;
        let mut stretches = vec![TimeRange { from: from.max(asked.from), to: to.min(asked.to) }];
        while let Some(stretch) = stretches.pop() {
            if stretch.from >= stretch.to {
                continue;
            }
            let mut held = Held::default();
            let middle = middle(stretch);
            let mut is_whole = true;
            self.search(stretch, &mut |answer| {
                held.take(&answer, render);
                is_whole = middle.is_none() || held.bytes() <= self.held_bytes;
                // Rows of one instant need no order of time.
                if middle.is_none() {
                    is_whole = held.emit(emit);
                    held = Held::default();
                }
                is_whole
            })?;
            match middle {
                None if !is_whole => return Ok(false),
                Some(middle) if !is_whole => {
                    stretches.push(TimeRange { from: middle, ..stretch });
                    stretches.push(TimeRange { to: middle, ..stretch });
                }
                _ if !held.emit(emit) => return Ok(false),
                _ => {}
            }
        }
        Ok(true)
    }

    fn search(
        &self,
        time: TimeRange,
        each: &mut dyn FnMut(Answer<'_>) -> bool,
    ) -> Result<(), LakeError> {
        let query = Query { time, ..self.query.clone() };
        let mut looked = Looked::default();
        let has_unsettled =
            self.unsettled.is_some_and(|(first, last)| first < time.to && last >= time.from);
        if self.lake.search_settled(&query, self.settings, each, &mut looked)? && has_unsettled {
            let filters = query.conditions();
            self.lake.search_fresh(&query, &filters, self.settings, each, &mut looked)?;
        }
        Ok(())
    }

    /// Rows without a time, as they came in.
    fn untimed(
        &self,
        render: &mut Render<'_>,
        emit: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<(), LakeError> {
        let mut query = self.query.clone();
        query.filters.push(Filter::Not(Box::new(Filter::Time(TimeRange::ALL))));
        let mut text = Vec::new();
        self.lake.search(&query, self.settings, &mut |answer| {
            text.clear();
            render(&answer, &mut text);
            emit(&text)
        })?;
        Ok(())
    }
}

/// Where a stretch is halved; nothing for one instant.
fn middle(stretch: TimeRange) -> Option<EventTime> {
    let (from, to) = (i128::from(stretch.from.nanos()), i128::from(stretch.to.nanos()));
    let middle = i64::try_from((from + to).div_euclid(2)).ok()?;
    (i128::from(middle) > from).then(|| EventTime::from_nanos(middle))
}

#[cfg(test)]
mod tests;

use sancha_model::EventTime;

/// Tries this close together are one visit: a job that asks three times each hour visits hourly.
const VISIT: i64 = EventTime::MINUTE;
/// A rhythm shows from so many pauses on.
const MIN_PAUSES: u32 = 5;
/// Timers of the system start within a few seconds; the run before takes its own time.
const JITTER_SECONDS: f64 = 5.0;
const JITTER_SHARE: f64 = 0.01;

/// Whether visits come like clockwork: mean and variance of the pauses (Welford, 1962).
#[derive(Clone, Debug, Default)]
pub(super) struct Rhythm {
    last: Option<EventTime>,
    pauses: u32,
    mean: f64,
    squares: f64,
}

impl Rhythm {
    pub(super) fn add(&mut self, time: EventTime) {
        let Some(last) = self.last.replace(time) else { return };
        let pause = time.since(last);
        if pause <= VISIT {
            self.last = Some(last);
            return;
        }
        self.pauses += 1;
        #[expect(clippy::cast_precision_loss, reason = "pauses of hours, in seconds")]
        let seconds = pause as f64 / EventTime::SECOND as f64;
        let off = seconds - self.mean;
        self.mean += off / f64::from(self.pauses);
        self.squares += off * (seconds - self.mean);
    }

    pub(super) fn is_clockwork(&self) -> bool {
        let variance = self.squares / f64::from(self.pauses.max(1));
        self.pauses >= MIN_PAUSES && variance.sqrt() <= JITTER_SECONDS + JITTER_SHARE * self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(minutes: &[i64]) -> bool {
        let mut rhythm = Rhythm::default();
        for minute in minutes {
            rhythm.add(EventTime::from_seconds(minute * 60));
        }
        rhythm.is_clockwork()
    }

    #[test]
    fn an_hourly_job_is_clockwork_and_a_person_is_not() {
        assert!(of(&[0, 60, 120, 180, 240, 300, 360]));
        assert!(!of(&[0, 41, 133, 170, 260, 300, 377]));
        assert!(!of(&[0, 60, 120]));
    }
}

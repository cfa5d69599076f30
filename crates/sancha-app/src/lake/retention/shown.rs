//! What every sentence about retention writes: periods, sizes, terms.

use sancha_lake::retain::{Period, Reason, Term};
use sancha_model::{EventTime, LocalText};

/// `six calendar months`, `30 days`.
pub(super) fn period(period: Period) -> LocalText {
    match period {
        Period::Months(months) => {
            LocalText::new(format!("{months}个月"), format!("{months} calendar months"))
        }
        Period::Days(days) => LocalText::new(format!("{days}天"), format!("{days} days")),
    }
}

/// How long and why so long.
pub(super) fn term(term: &Term) -> LocalText {
    let LocalText { zh, en } = period(term.period);
    match &term.because {
        Reason::Floor => LocalText::new(format!("{zh}（法定）"), format!("{en} (the law's)")),
        Reason::Policy(label) => {
            LocalText::new(format!("{zh}（{label}）"), format!("{en} ({label})"))
        }
        Reason::Waiver { granted_by, until } => LocalText::new(
            format!("{zh}（{granted_by} 批准的豁免，至{until}）"),
            format!("{en} (waiver of {granted_by}, until {until})"),
        ),
        Reason::Kind(basis) => {
            LocalText::new(format!("{zh}（{basis}）"), format!("{en} ({basis})"))
        }
        Reason::Hold(name) => LocalText::new(format!("保全 {name}"), format!("hold {name}")),
    }
}

/// `1.5 GiB`: two digits tell enough for planning.
pub(in crate::lake) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    // Tenths of the unit; a last step beyond the table does not happen with 64 bits.
    let mut tenths = u128::from(bytes) * 10 / 1024;
    for unit in UNITS {
        if tenths < 10_240 || unit == "PiB" {
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
        tenths /= 1024;
    }
    format!("{bytes} B")
}

/// Nanoseconds as people say them: days and hours, or hours and minutes; what is nothing is left out.
pub(super) fn duration(nanos: i64) -> LocalText {
    let minutes = nanos / EventTime::MINUTE;
    let parts = match (minutes / 1_440, minutes / 60 % 24, minutes % 60) {
        (0, hours, minutes) => [(hours, "小时", "hour"), (minutes, "分", "minute")],
        (days, hours, _) => [(days, "天", "day"), (hours, "小时", "hour")],
    };
    let told: Vec<_> = parts.into_iter().filter(|(number, ..)| *number != 0).collect();
    let zh: String = told.iter().map(|(number, zh, _)| format!("{number}{zh}")).collect();
    let en = told
        .iter()
        .map(|(number, _, en)| format!("{number} {en}{}", if *number == 1 { "" } else { "s" }));
    LocalText::new(zh, en.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_the_unit_that_fits() {
        let told = [0, 1023, 1024, 1536, 1 << 20, (1 << 30) * 3 / 2, u64::MAX].map(size);
        assert_eq!(
            told,
            ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "1.0 MiB", "1.5 GiB", "16383.9 PiB"]
        );
    }

    #[test]
    fn durations_are_told_as_people_say_them() {
        let hour = EventTime::HOUR;
        assert_eq!(duration(26 * hour).en, "1 day 2 hours");
        assert_eq!(duration(72 * hour).zh, "3天");
        assert_eq!(duration(hour / 2).en, "30 minutes");
    }
}

//! Clocks: when a report is due, and how sure that is.

mod clock;
mod made;

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use sancha_model::{EventTime, LocalText};
use serde::Deserialize;

pub use clock::{Clock, ClockFacts, RowCertainty, clocks};
pub use made::{Made, NotCounted, Window, made};

use crate::{
    catalog::ProvisionName, closed::closed, grading::LegalGrade, profile::ReportKind, texts,
    workdays::Workdays,
};

closed! {
    /// Which cases and operators a clock runs for.
    AppliesTo {
        CriticalInfrastructure = "critical_infrastructure", "涉及关键信息基础设施", "critical infrastructure involved";
        CentralOrgan = "central_organ", "中央和国家机关及直属单位", "central organs and units under them";
        Otherwise = "otherwise", "其他网络运营者", "all other operators";
        Always = "always", "各类运营者", "every operator";
        Retention = "retention", "日志留存", "log retention";
    }
}

closed! {
    StartsAt {
        AwareAt = "aware_at", "本单位获知之时", "when the unit learned of it";
        HandlingEndedAt = "handling_ended_at", "处置工作结束之时", "when handling ended";
        DayOfFacts = "day_of_facts", "事发当日", "the day of the facts";
    }
}

closed! {
    /// Who receives what a clock asks for.
    SendTo {
        ProtectionDepartment = "protection_department", "保护工作部门", "protection department";
        PublicSecurity = "public_security", "公安机关", "public security organ";
        OwnCacBody = "own_cac_body", "本部门网信工作机构", "the department's own cyberspace body";
        ProvincialCac = "provincial_cac", "属地省级网信部门", "provincial cyberspace administration of the place";
        SameChannel = "same_channel", "原报告渠道", "the channel of the first report";
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    pub id: String,
    pub label: LocalText,
    pub provision: ProvisionName,
    pub applies: AppliesTo,
    pub starts: StartsAt,
    pub within: Within,
    pub to: Vec<SendTo>,
    /// Only incidents of this grade or worse have to be reported.
    #[serde(default)]
    pub grade_at_least: Option<LegalGrade>,
    /// The report that stops the clock.
    #[serde(default)]
    pub report: Option<ReportKind>,
    #[serde(default)]
    pub relay: Option<RelayRule>,
}

/// How fast a receiver has to pass a report on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelayRule {
    pub provision: ProvisionName,
    pub minutes: u32,
    pub grade_at_least: LegalGrade,
}

impl Deadline {
    pub(crate) fn provision_names(&self) -> Vec<ProvisionName> {
        let relay = self.relay.iter().map(|relay| relay.provision.clone());
        std::iter::once(self.provision.clone()).chain(relay).collect()
    }
}

/// A length of time, in the unit that the text uses. Hours and minutes never stop; days are calendar
/// days unless working days are written; months are calendar months to the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "WithinForm")]
pub enum Within {
    Minutes(u32),
    CalendarDays(u16),
    WorkingDays(u16),
    CalendarMonths(u16),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithinForm {
    hours: Option<u32>,
    minutes: Option<u32>,
    calendar_days: Option<u16>,
    working_days: Option<u16>,
    calendar_months: Option<u16>,
}

impl TryFrom<WithinForm> for Within {
    type Error = &'static str;

    fn try_from(form: WithinForm) -> Result<Self, Self::Error> {
        let given = [
            form.hours.map(|hours| Self::Minutes(hours.saturating_mul(60))),
            form.minutes.map(Self::Minutes),
            form.calendar_days.map(Self::CalendarDays),
            form.working_days.map(Self::WorkingDays),
            form.calendar_months.map(Self::CalendarMonths),
        ];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(within), None) => Ok(within),
            _ => Err(
                "give exactly one of hours, minutes, calendar_days, working_days, calendar_months",
            ),
        }
    }
}

/// When something is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub at: EventTime,
    /// Years touched without an official holiday calendar, in order. Not empty = provisional, said loudly.
    pub without_calendar: Vec<i16>,
}

impl Within {
    /// The instant when this much time has run since `start`; `None` past the calendar's end.
    ///
    /// A period in days or months ends with its last day, in `zone`; its first day is not counted.
    pub fn due(self, start: EventTime, zone: &TimeZone, workdays: &Workdays) -> Option<Due> {
        let first = start.date_in(zone);
        match self {
            Self::Minutes(minutes) => {
                let at = start.plus(i64::from(minutes) * EventTime::MINUTE);
                Some(Due { at, without_calendar: unofficial(at.date_in(zone), workdays) })
            }
            Self::CalendarDays(days) => {
                let last = first.checked_add(i32::from(days).days()).ok()?;
                due_on(last, unofficial(last, workdays), zone)
            }
            Self::WorkingDays(days) => {
                let counted = workdays.after(first, days);
                due_on(counted.day, counted.without_calendar, zone)
            }
            Self::CalendarMonths(months) => {
                let last = first.checked_add(i32::from(months).months()).ok()?;
                due_on(last, unofficial(last, workdays), zone)
            }
        }
    }

    pub fn text(self) -> LocalText {
        let (text, number) = match self {
            Self::Minutes(minutes) if minutes % 60 == 0 => (&texts::HOURS, minutes / 60),
            Self::Minutes(minutes) => (&texts::MINUTES, minutes),
            Self::CalendarDays(days) => (&texts::CALENDAR_DAYS, u32::from(days)),
            Self::WorkingDays(days) => (&texts::WORKING_DAYS, u32::from(days)),
            Self::CalendarMonths(months) => (&texts::CALENDAR_MONTHS, u32::from(months)),
        };
        text.fill(&[("n", LocalText::same(number.to_string()))])
    }
}

/// The same day `months` calendar months earlier, or the last day of that month where it is shorter.
pub fn months_before(day: Date, months: u16) -> Option<Date> {
    day.checked_sub(i32::from(months).months()).ok()
}

fn unofficial(day: Date, workdays: &Workdays) -> Vec<i16> {
    if workdays.is_official(day.year()) { Vec::new() } else { vec![day.year()] }
}

/// The last second of a day.
fn due_on(day: Date, without_calendar: Vec<i16>, zone: &TimeZone) -> Option<Due> {
    let end = zone.to_ambiguous_timestamp(day.at(23, 59, 59, 0)).compatible().ok()?;
    Some(Due { at: EventTime::from_timestamp(end), without_calendar })
}

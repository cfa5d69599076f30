//! What to do now and by when, in the order in which a responder should do it.

use jiff::tz::TimeZone;
use sancha_case::{Case, Grade, Grading, Member, OpenReason, Phase};
use sancha_model::{Basis, Conclusion, EventTime, Family, FindingId, LocalText, Scenario, Text};
use serde::Serialize;

use crate::{
    ClockRow, ClockState, ReportClock, clock, texts,
    wording::{addresses, files_of, list, objects_of, users_of},
};

/// Who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// By the responder.
    Action,
    /// A decision that management must take and that is recorded.
    Decision,
    /// To an authority or to persons concerned.
    Report,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The key of its text, such as `steps.keep_evidence`.
    pub id: String,
    pub kind: StepKind,
    pub what: LocalText,
    pub why: LocalText,
    /// Only where a clock gives one.
    pub due: Option<EventTime>,
    pub by: LocalText,
    /// Findings that call for it.
    pub findings: Vec<FindingId>,
}

/// Everything that a step is made from.
pub struct NextStepsInput<'a> {
    pub case: &'a Case,
    pub clock: &'a ReportClock,
    pub grading: &'a Grading,
    /// The first investigation: what it does not know is to be brought.
    pub incident: &'a [Conclusion],
    /// The report to the police that the profile records, by its key; whether there are leads of a crime a person
    /// decides.
    pub crime_report: Option<String>,
    /// Entries of the profile that would count for the grade and have no proof, by key.
    pub unproven_impact: Vec<String>,
    pub zone: &'a TimeZone,
}

/// Evidence first, then decisions and reports, then containment, then recovery.
pub fn next_steps(input: &NextStepsInput<'_>) -> Vec<Step> {
    let scene = Scene::of(input);
    let mut steps = vec![scene.keep_evidence()];
    if scene.entered() {
        steps.extend(scene.decisions(input));
    }
    steps.extend(reports(input));
    steps.extend(scene.containment());
    if scene.entered() {
        steps.extend(scene.recovery());
    }
    steps.push(scene.grade(input));
    if !input.unproven_impact.is_empty() {
        let keys = [("keys", LocalText::same(input.unproven_impact.join(", ")))];
        let prove = (&texts::PROVE_IMPACT, &texts::PROVE_IMPACT_WHY);
        steps.push(step(StepKind::Action, prove.0, prove.1, &keys).by(&texts::TODAY));
    }
    steps.extend(scene.bring(input.incident));
    if let Some(summary) = input.clock.summary.as_ref().filter(|summary| !is_sent(summary)) {
        let by = law(summary);
        let step = step(StepKind::Report, &texts::SUMMARY, &texts::SUMMARY_WHY, &[]);
        steps.push(Step { due: summary.due, by, ..step });
    }
    steps
}

fn step(kind: StepKind, what: &Text, why: &Text, values: &[(&str, LocalText)]) -> Step {
    Step {
        id: what.key.to_owned(),
        kind,
        what: what.fill(values),
        why: why.local(),
        due: None,
        by: texts::NOW.local(),
        findings: Vec::new(),
    }
}

impl Step {
    fn by(self, by: &Text) -> Self {
        Self { by: by.local(), ..self }
    }

    fn because_of(mut self, members: &[&Member]) -> Self {
        self.findings = members.iter().map(|member| member.finding.id.clone()).collect();
        self
    }
}

fn law(row: &ClockRow) -> LocalText {
    texts::BY_LAW.fill(&[("time", row.due_text.clone()), ("state", row.state_text.clone())])
}

fn reports(input: &NextStepsInput<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    if input.clock.aware_at.is_none() {
        steps.push(step(StepKind::Action, &texts::STATE_AWARE, &texts::STATE_AWARE_WHY, &[]));
    }
    let mut told: Vec<&str> = Vec::new();
    for row in input.clock.rows.iter().filter(|row| !is_sent(row)) {
        // The bodies that one rule names are told in one step.
        if told.contains(&row.rule.as_str()) {
            continue;
        }
        told.push(&row.rule);
        let open = |one: &&ClockRow| one.rule == row.rule && !is_sent(one);
        let to: Vec<LocalText> =
            input.clock.rows.iter().filter(open).map(|one| one.report_to.clone()).collect();
        let values = [
            ("condition", condition(row, input.grading.proposed)),
            ("to", list(&to)),
            ("within", clock::duration(row.within_minutes)),
        ];
        let report = step(StepKind::Report, &texts::REPORT, &texts::REPORT_WHY, &values);
        steps.push(Step { due: row.due, by: law(row), ..report });
    }
    steps
}

/// Nothing is to be sent that was sent, be it late.
const fn is_sent(row: &ClockRow) -> bool {
    match row.state {
        ClockState::Sent | ClockState::SentLate { .. } => true,
        ClockState::NotStated | ClockState::Running { .. } | ClockState::Overdue { .. } => false,
    }
}

/// What has to be so before the report is due: the kind of operator, and the grade unless it is reached.
fn condition(row: &ClockRow, grade: Grade) -> LocalText {
    let from = ("grade", row.from_grade.text().local());
    match (&row.condition, grade <= row.from_grade) {
        (None, true) => LocalText::default(),
        (None, false) => texts::IF_GRADE.fill(&[from]),
        (Some(kind), true) => texts::IF_KIND.fill(&[("kind", kind.clone())]),
        (Some(kind), false) => texts::IF_BOTH.fill(&[("kind", kind.clone()), from]),
    }
}

/// The members of the case by what they call for.
struct Scene<'a> {
    case: &'a Case,
    happened: Vec<&'a Member>,
    asset: LocalText,
    sources: LocalText,
    /// The first record that may be beyond an attempt, for people.
    begun: LocalText,
}

impl<'a> Scene<'a> {
    fn of(input: &NextStepsInput<'a>) -> Self {
        let case = input.case;
        let begun = case.may_have_begun().or(case.first);
        Self {
            case,
            happened: case.happened().collect(),
            asset: match case.asset_names.as_slice() {
                [] => sancha_case::texts::TITLE_ASSET_UNNAMED.local(),
                assets => list(&assets.iter().map(LocalText::same).collect::<Vec<_>>()),
            },
            sources: addresses(&case.sources),
            begun: begun.map_or_else(
                || texts::SOURCE_UNNAMED.local(),
                |time| LocalText::same(time.display_in(input.zone)),
            ),
        }
    }

    fn entered(&self) -> bool {
        !self.happened.is_empty()
    }

    fn those(&self, wanted: impl Fn(&Member) -> bool) -> Vec<&'a Member> {
        self.happened.iter().filter(|member| wanted(member)).copied().collect()
    }

    fn asset(&self) -> (&'static str, LocalText) {
        ("asset", self.asset.clone())
    }

    fn time(&self) -> (&'static str, LocalText) {
        ("time", self.begun.clone())
    }

    fn keep_evidence(&self) -> Step {
        let values = [self.asset()];
        step(StepKind::Action, &texts::KEEP_EVIDENCE, &texts::KEEP_EVIDENCE_WHY, &values)
            .by(&texts::BEFORE_CHANGES)
            .because_of(&self.case.members.iter().take(10).collect::<Vec<_>>())
    }

    fn decisions(&self, input: &NextStepsInput<'_>) -> Vec<Step> {
        let decide = |what, why, values: &[_]| step(StepKind::Decision, what, why, values);
        let mut steps =
            vec![decide(&texts::DECIDE_RUNNING, &texts::DECIDE_RUNNING_WHY, &[self.asset()])];
        if !self.case.sources.is_empty() {
            let sources = [("sources", self.sources.clone())];
            steps.push(decide(&texts::DECIDE_WATCH, &texts::DECIDE_WATCH_WHY, &sources));
        }
        steps.push(decide(&texts::DECIDE_NOTIFY, &texts::DECIDE_NOTIFY_WHY, &[]).by(&texts::TODAY));
        let police = match &input.crime_report {
            None => decide(&texts::DECIDE_POLICE, &texts::DECIDE_POLICE_WHY, &[]),
            Some(key) => {
                let key = [("key", LocalText::same(key.as_str()))];
                step(StepKind::Action, &texts::POLICE_TOLD, &texts::POLICE_TOLD_WHY, &key)
            }
        };
        steps.push(police.by(&texts::TODAY));
        steps
    }

    /// One step for each kind of thing that happened; each names the findings that call for it.
    fn containment(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        if !self.case.sources.is_empty() {
            let sources = [("sources", self.sources.clone())];
            let texts = (&texts::BLOCK_SOURCE, &texts::BLOCK_SOURCE_WHY);
            steps.push(step(StepKind::Action, texts.0, texts.1, &sources));
        }
        let guessed = self.those(|m| m.phase == Phase::BruteForce);
        let users = [("users", users_of(&guessed))];
        let disable = (&texts::DISABLE_ACCOUNT, &texts::DISABLE_ACCOUNT_WHY);
        steps.extend(called_for(&guessed, disable, &users, &texts::NOW));

        // A host's own record of a web shell names the program that it ran, not the file it is.
        let scripts = self.those(|m| match m.finding.scenario {
            Scenario::WEB_UPLOAD => true,
            Scenario::WEB_SHELL => !m.finding.src.is_empty(),
            _ => false,
        });
        let values = [("objects", objects_of(&scripts)), self.time()];
        let remove = (&texts::REMOVE_FILE, &texts::REMOVE_FILE_WHY);
        steps.extend(called_for(&scripts, remove, &values, &texts::NOW));

        let weak = self.those(|m| m.phase == Phase::Exploit && !m.finding.src.is_empty());
        let values = [("objects", objects_of(&weak))];
        let fix = (&texts::FIX_WEAKNESS, &texts::FIX_WEAKNESS_WHY);
        steps.extend(called_for(&weak, fix, &values, &texts::BEFORE_RECOVERY));

        let changed = self.those(|m| m.phase == Phase::ConfigTamper);
        let values = [("objects", objects_of(&changed))];
        let check = (&texts::CHECK_SYSTEM, &texts::CHECK_SYSTEM_WHY);
        steps.extend(called_for(&changed, check, &values, &texts::TODAY));

        steps.extend(self.leak());
        steps.extend(self.attempts());
        steps
    }

    fn leak(&self) -> Vec<Step> {
        let leaked = self.those(|m| m.phase == Phase::Leak);
        let values = [("objects", objects_of(&leaked))];
        let count = (&texts::COUNT_PERSONS, &texts::COUNT_PERSONS_WHY);
        let steps = called_for(&leaked, count, &values, &texts::TODAY).into_iter();
        steps.map(|step| Step { kind: StepKind::Report, ..step }).collect()
    }

    /// What a flood or guessing without success calls for.
    fn attempts(&self) -> Vec<Step> {
        let of = |phase| self.case.members.iter().filter(move |m| m.phase == phase);
        let floods: Vec<&Member> = of(Phase::Flood).collect();
        let values = [("objects", objects_of(&floods))];
        let relieve = (&texts::RELIEVE_FLOOD, &texts::RELIEVE_FLOOD_WHY);
        let mut steps: Vec<Step> =
            called_for(&floods, relieve, &values, &texts::NOW).into_iter().collect();
        let guesses: Vec<&Member> = of(Phase::BruteForce).filter(|m| !m.happened()).collect();
        if self.case.opened != OpenReason::LikelySucceeded {
            let values = [self.asset(), ("users", users_of(&guesses))];
            let harden = (&texts::HARDEN_LOGIN, &texts::HARDEN_LOGIN_WHY);
            steps.extend(called_for(&guesses, harden, &values, &texts::TODAY));
        }
        steps
    }

    fn recovery(&self) -> Vec<Step> {
        let family = |family| self.those(move |m| m.finding.scenario.family() == family);
        let pages = family(Family::PageTamper);
        let values = [("objects", files_of(&pages)), self.time()];
        let restore = (&texts::RESTORE_PAGE, &texts::RESTORE_PAGE_WHY);
        let mut steps: Vec<Step> =
            called_for(&pages, restore, &values, &texts::TODAY).into_iter().collect();
        let tables = family(Family::DatabaseTamper);
        let values = [("objects", objects_of(&tables)), self.time()];
        let restore = (&texts::RESTORE_DATABASE, &texts::RESTORE_DATABASE_WHY);
        steps.extend(called_for(&tables, restore, &values, &texts::BEFORE_RECOVERY));
        let inside = self.those(|m| m.phase >= Phase::Exploit || m.phase == Phase::BruteForce);
        let rotate = (&texts::ROTATE_SECRETS, &texts::ROTATE_SECRETS_WHY);
        steps.extend(called_for(&inside, rotate, &[self.asset()], &texts::BEFORE_RECOVERY));
        let recover = (&texts::RECOVER, &texts::RECOVER_WHY);
        steps.extend(called_for(&inside, recover, &[self.time()], &texts::AFTER_CONTAINMENT));
        steps
    }

    fn grade(&self, input: &NextStepsInput<'_>) -> Step {
        let grade = [("grade", input.grading.proposed.text().local())];
        step(StepKind::Decision, &texts::GRADE_CASE, &texts::GRADE_CASE_WHY, &grade)
            .by(&texts::TODAY)
    }

    /// Everything the first investigation asked for, each once, in its order.
    fn bring(&self, incident: &[Conclusion]) -> Option<Step> {
        let mut wanted: Vec<LocalText> = Vec::new();
        for statement in incident.iter().flat_map(|conclusion| &conclusion.statements) {
            if let Basis::Unknown(bring) = statement.basis() {
                for item in bring.iter().filter(|item| !wanted.contains(item)).collect::<Vec<_>>() {
                    wanted.push(item.clone());
                }
            }
        }
        let values = [("bring", separated(&wanted))];
        let step = step(StepKind::Action, &texts::BRING_LOGS, &texts::BRING_LOGS_WHY, &values);
        (!wanted.is_empty()).then(|| step.by(&texts::TODAY))
    }
}

/// Items that hold commas themselves are set apart by semicolons.
fn separated(items: &[LocalText]) -> LocalText {
    LocalText::joined(items, ("；", "; "))
}

fn called_for(
    members: &[&Member],
    (what, why): (&Text, &Text),
    values: &[(&str, LocalText)],
    by: &Text,
) -> Option<Step> {
    let step = || step(StepKind::Action, what, why, values).by(by).because_of(members);
    (!members.is_empty()).then(step)
}

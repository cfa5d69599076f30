//! What a lake's proof of retention answers.

use std::collections::BTreeSet;

use jiff::civil::Date;
use sancha_compliance::{KeptJudged, KeptVerdict, kept_logs};
use sancha_model::{Citation, Citations, LocalText, Param, Statement, Status};

use super::{DutyInput, Judgement, Segment, sentences};
use crate::texts;

/// `None` where no proof is about a source of the systems touched.
pub(super) fn kept(
    segment: &Segment,
    months: Option<u16>,
    input: &DutyInput<'_>,
) -> Option<Judgement> {
    let systems = input.profile.map(|profile| input.systems(profile)).unwrap_or_default();
    let judged = kept_logs(input.kept, input.profile, &systems, segment.from, months?);
    if judged.is_empty() {
        return None;
    }
    let any = |wanted: fn(KeptVerdict) -> bool| judged.iter().any(|one| wanted(one.verdict));
    let status = if any(|verdict| verdict == KeptVerdict::Waived) {
        Status::NotMet
    } else if any(|verdict| verdict != KeptVerdict::Met) {
        Status::NotShown
    } else {
        Status::Met
    };
    let mut statements: Vec<Statement> = judged.iter().map(say).collect();
    // Of a file with statements about several sources once.
    let mut said = BTreeSet::new();
    let files = judged.iter().filter(|one| said.insert(&one.kept.path));
    let signed = files.map(|one| sentences::signed(&one.kept.signed, &one.kept.path, cite(one)));
    statements.extend(signed);
    Some(Judgement { status, statements })
}

fn cite(one: &KeptJudged<'_>) -> Citation {
    Citation::Proof {
        path: one.kept.path.clone(),
        sha256: one.kept.sha256.clone(),
        date: one.made.to_string(),
    }
}

fn say(one: &KeptJudged<'_>) -> Statement {
    let kept = one.kept;
    let day = |day: Option<Date>| day.map_or_else(|| Param::Same("—".to_owned()), Param::Date);
    let same = |text: &str| Param::Same(text.to_owned());
    let mut params = vec![
        ("source", same(&kept.source)),
        ("made", Param::Date(one.made)),
        ("first", day(one.span.map(|span| span.0))),
        ("last", day(one.span.map(|span| span.1))),
        ("needed", Param::Date(one.needed_from)),
        ("size", same(&kept.log_size.to_string())),
        ("root", same(&kept.root)),
    ];
    let proof = Citations::one(cite(one));
    let text = match (one.verdict, &kept.waiver) {
        (KeptVerdict::Met, _) => {
            params.push(("anchors", Param::Local(anchors(&kept.anchors))));
            &texts::KEPT_MET
        }
        (KeptVerdict::Waived, Some(waiver)) => {
            // Who granted it stands in the proof: a report names nobody unasked.
            params.push(("days", same(&waiver.days.to_string())));
            params.push(("until", Param::Date(waiver.until)));
            &texts::KEPT_WAIVED
        }
        (verdict, _) => {
            params.push(("why", Param::Local(why(verdict))));
            if one.span.is_some() { &texts::KEPT_OPEN } else { &texts::KEPT_UNDATED }
        }
    };
    Statement::cited(text, params, proof)
}

fn anchors(anchors: &[String]) -> LocalText {
    match anchors {
        [] => LocalText::new("无", "none"),
        some => LocalText::same(some.join(", ")),
    }
}

fn why(verdict: KeptVerdict) -> LocalText {
    match verdict {
        KeptVerdict::MadeBefore => texts::WHY_MADE_BEFORE.local(),
        KeptVerdict::BeginsLater => texts::WHY_BEGINS_LATER.local(),
        KeptVerdict::NoRecords | KeptVerdict::Met | KeptVerdict::Waived => {
            texts::WHY_NO_RECORDS.local()
        }
        KeptVerdict::Gap { from, until } => texts::WHY_GAP.fill(&[
            ("from", LocalText::same(from.to_string())),
            ("until", LocalText::same(until.to_string())),
        ]),
    }
}

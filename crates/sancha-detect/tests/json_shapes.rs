//! One event in every shape that shippers give it: the same rule fires, by its own log source.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::Arc;

use jiff::tz::TimeZone;
use sancha_detect::sigma::{Plan, PlanScratch, RuleText, Rules};
use sancha_model::{Batch, EventTime, Fields, Framing};
use sancha_normalize::{FileContext, Formats, Head, Scratch, normalize};

/// One rule per log source; the title names it.
const RULES: &str = r"
title: windows process
id: p
logsource: { product: windows, category: process_creation }
detection:
  selection:
    Image|endswith: '\whoami.exe'
    CommandLine|contains: ' /all'
  condition: selection
---
title: windows service installed
id: s
logsource: { product: windows, service: system }
detection:
  selection:
    Provider_Name: Service Control Manager
    EventID: 7045
    ServiceName|contains: evil
  condition: selection
---
title: windows application data
id: a
logsource: { product: windows, service: application }
detection:
  selection:
    EventID: 11707
    Data|contains: installed
  condition: selection
---
title: aws trail
id: aws
logsource: { product: aws, service: cloudtrail }
detection:
  selection:
    eventSource: iam.amazonaws.com
    eventName: CreateUser
    userIdentity.type: Root
  condition: selection
---
title: linux process
id: l
logsource: { product: linux, category: process_creation }
detection:
  selection:
    Image|endswith: /whoami
  condition: selection
---
title: linux audit record
id: au
logsource: { product: linux, service: auditd }
detection:
  selection:
    type: EXECVE
    a0: nc
  condition: selection
---
title: web request
id: w
logsource: { category: webserver }
detection:
  selection:
    cs-method: GET
    cs-uri-query|contains: cmd=whoami
  condition: selection
---
title: words
id: k
logsource: { product: windows, service: security }
detection:
  keywords:
    - 'C:\Secret\'
  condition: keywords
";

#[track_caller]
fn check(file: &str, expected: &[&str]) {
    let (rules, problems) = Rules::parse(&[RuleText { path: "r.yml", yaml: RULES }]);
    assert!(problems.is_empty(), "{problems:?}");
    let fields = Arc::new(Fields::new(rules.field_names()));
    let plan = Plan::compile(&rules, &fields, false);
    let formats = Formats::new(Vec::new());
    let format = formats.detect(&Head::of(file.as_bytes(), "x.json"));
    let context = FileContext::new(TimeZone::UTC, EventTime::from_seconds(0), fields);
    let mut batch = Batch::default();
    batch.raw = file.as_bytes().to_vec();
    if formats.get(format).framing() == Framing::Whole {
        let mut lines = Vec::new();
        let each = &mut |_: u64, line: &[u8]| {
            lines.extend_from_slice(line);
            lines.push(b'\n');
        };
        formats.get(format).render(&batch.raw, each).unwrap();
        batch.raw = lines;
    }
    normalize(&mut batch, &formats, format, &context, &mut Scratch::new(&context));
    let mut scratch = PlanScratch::default();
    let mut found = Vec::new();
    for event in batch.events() {
        plan.evaluate(event, &mut scratch, &mut |rule, _| {
            found.push(rules.list()[rule as usize].id.clone());
        });
    }
    assert_eq!(found, expected, "{file}");
}

#[test]
fn a_windows_process_in_every_shape() {
    let flat = r##"{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Image":"C:\\W\\whoami.exe","CommandLine":"whoami /all"}"##;
    check(flat, &["p"]);
    check(
        r##"{"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","TimeCreated":{"#attributes":{"SystemTime":"2026-01-01T00:00:00Z"}}},"EventData":{"Image":"C:\\whoami.exe","CommandLine":"\"C:\\whoami.exe\" /all"}}}"##,
        &["p"],
    );
    check(
        r##"{"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":1,"event_data":{"Image":"C:\\whoami.exe","CommandLine":"whoami /all"}}}"##,
        &["p"],
    );
    check(
        r##"{"event":{"category":["process"],"code":"1"},"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational"},"process":{"executable":"C:\\whoami.exe","command_line":"whoami /all"}}"##,
        &["p"],
    );
    check(
        r##"{"EventID":4688,"Channel":"Security","NewProcessName":"C:\\whoami.exe","CommandLine":"whoami /all"}"##,
        &["p"],
    );
    // Another event of the same host is none.
    check(&flat.replace("\"EventID\":1,", "\"EventID\":5,"), &[]);
}

#[test]
fn documents_and_arrays_hold_records() {
    let event = r##"{"EventID":1,"Provider_Name":"Microsoft-Windows-Sysmon","Image":"C:\\whoami.exe","CommandLine":"x /all"}"##;
    check(&format!("[{event},\n{event}]"), &["p", "p"]);
    check(&event.replace(",\"", ",\n  \"").replace('{', "{\n  "), &["p"]);
    check(
        r##"{"Records":[{"eventSource":"iam.amazonaws.com","eventName":"CreateUser","userIdentity":{"type":"Root"}}]}"##,
        &["aws"],
    );
}

#[test]
fn attributes_and_data_of_windows_events() {
    check(
        r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"Service Control Manager"}},"EventID":{"#attributes":{"Qualifiers":16384},"#text":7045},"Channel":"System"},"EventData":{"ServiceName":"evilsvc"}}}"##,
        &["s"],
    );
    check(
        r##"{"Event":{"System":{"EventID":{"#text":11707},"Channel":"Application"},"EventData":{"Data":{"#text":["x was installed","y"]}}}}"##,
        &["a"],
    );
    check(
        r##"{"Event":{"System":{"EventID":"7045","Channel":"System","Provider":{"@Name":"Service Control Manager"}},"EventData":{"Data":[{"@Name":"ServiceName","#text":"evil"}]}}}"##,
        &["s"],
    );
}

#[test]
fn linux_and_web_events() {
    check(
        r##"{"Channel":"Linux-Sysmon/Operational","EventID":1,"Image":"/usr/bin/whoami"}"##,
        &["l"],
    );
    check(r##"{"type":"EXECVE","a0":"nc","a1":"-l"}"##, &["au"]);
    check(r##"{"cs-method":"GET","cs-uri-stem":"/x","cs-uri-query":"cmd=whoami"}"##, &["w"]);
    check(r##"{"method":"GET","uri":"/x?cmd=whoami","status":200}"##, &["w"]);
}

#[test]
fn words_are_those_of_the_values_whatever_their_escapes() {
    let event = |value: &str| format!("{{\"Channel\":\"Security\",\"Note\":\"{value}\"}}");
    check(&event(r"see C:\\Secret\\x"), &["k"]);
    check(&event(r"see C:\u005cSecret\\x"), &["k"]);
    check(&event(r"C:/Secret/"), &[]);
    // A name is no value.
    check(r##"{"Channel":"Security","C:\\Secret\\":"x"}"##, &[]);
}

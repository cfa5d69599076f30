use sancha_model::EventClass;

pub(crate) mod identity;
pub(crate) mod table;

/// A rule's `logsource` (Sigma specification 2.1, "Log source").
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LogSource {
    pub category: Option<String>,
    pub product: Option<String>,
    pub service: Option<String>,
}

/// A set of event classes: one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Classes(u16);

/// Every class, in the order of their bits.
pub(crate) const CLASSES: [EventClass; 13] = [
    EventClass::Other,
    EventClass::Web,
    EventClass::WebError,
    EventClass::Authentication,
    EventClass::Session,
    EventClass::Privilege,
    EventClass::Schedule,
    EventClass::Service,
    EventClass::Kernel,
    EventClass::Process,
    EventClass::File,
    EventClass::Account,
    EventClass::Database,
];

impl Classes {
    const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self((1 << CLASSES.len()) - 1);

    const fn of(classes: &[EventClass]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < classes.len() {
            bits |= 1 << place(classes[at]);
            at += 1;
        }
        Self(bits)
    }

    pub(crate) const fn contains(self, class: EventClass) -> bool {
        self.0 & (1 << place(class)) != 0
    }
}

/// The place of a class in [`CLASSES`].
pub(crate) const fn place(class: EventClass) -> usize {
    match class {
        EventClass::Other => 0,
        EventClass::Web => 1,
        EventClass::WebError => 2,
        EventClass::Authentication => 3,
        EventClass::Session => 4,
        EventClass::Privilege => 5,
        EventClass::Schedule => 6,
        EventClass::Service => 7,
        EventClass::Kernel => 8,
        EventClass::Process => 9,
        EventClass::File => 10,
        EventClass::Account => 11,
        EventClass::Database => 12,
    }
}

const LOGIN: Classes = Classes::of(&[
    EventClass::Authentication,
    EventClass::Session,
    EventClass::Privilege,
    EventClass::Account,
]);
const SYSLOG: Classes = Classes::of(&[
    EventClass::Other,
    EventClass::Authentication,
    EventClass::Session,
    EventClass::Privilege,
    EventClass::Schedule,
    EventClass::Service,
    EventClass::Kernel,
    EventClass::Account,
]);
const AUDIT: Classes = Classes::of(&[
    EventClass::Authentication,
    EventClass::Session,
    EventClass::Privilege,
    EventClass::Service,
    EventClass::Kernel,
    EventClass::Process,
    EventClass::File,
    EventClass::Account,
]);
const LINUX: Classes = Classes(SYSLOG.0 | AUDIT.0);

impl LogSource {
    pub(crate) fn of(source: &rsigma_parser::LogSource) -> Self {
        Self {
            category: source.category.clone(),
            product: source.product.clone(),
            service: source.service.clone(),
        }
    }

    /// Which events the rule is meant for; none when we read no such log.
    pub(crate) fn classes(&self) -> Classes {
        let text = |part: &Option<String>| part.as_deref().unwrap_or("").to_ascii_lowercase();
        let (category, product, service) =
            (text(&self.category), text(&self.product), text(&self.service));
        match (category.as_str(), product.as_str(), service.as_str()) {
            ("", "", "") => Classes::ALL,
            ("", "" | "linux", service) => Self::of_service(service),
            (category, "" | "linux", _) => Self::of_category(category),
            (_, "apache" | "nginx", "error") => Classes::of(&[EventClass::WebError]),
            (_, "apache" | "nginx", _) => Classes::of(&[EventClass::Web, EventClass::WebError]),
            (_, "postgresql", _) => Classes::of(&[EventClass::Database]),
            _ => Classes::NONE,
        }
    }

    fn of_service(service: &str) -> Classes {
        match service {
            "" => LINUX,
            "sshd" => Classes::of(&[EventClass::Authentication, EventClass::Session]),
            "auth" | "pam" => LOGIN,
            "auditd" => AUDIT,
            "sudo" | "su" => Classes::of(&[EventClass::Privilege, EventClass::Session]),
            "cron" => Classes::of(&[EventClass::Schedule, EventClass::Session]),
            "syslog" | "journald" => SYSLOG,
            "systemd" => Classes::of(&[EventClass::Service]),
            "kernel" => Classes::of(&[EventClass::Kernel]),
            "apache" | "nginx" => Classes::of(&[EventClass::Web, EventClass::WebError]),
            "postgresql" => Classes::of(&[EventClass::Database]),
            _ => Classes::NONE,
        }
    }

    fn of_category(category: &str) -> Classes {
        match category {
            "webserver" | "proxy" => Classes::of(&[EventClass::Web]),
            "process_creation" => Classes::of(&[EventClass::Process]),
            "file_event" | "file_change" | "file_delete" | "file_rename" | "file_access" => {
                Classes::of(&[EventClass::File])
            }
            "authentication" => Classes::of(&[EventClass::Authentication, EventClass::Session]),
            "database" => Classes::of(&[EventClass::Database]),
            _ => Classes::NONE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(category: &str, product: &str, service: &str, fits: &[EventClass]) {
        let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let source =
            LogSource { category: part(category), product: part(product), service: part(service) };
        let classes = source.classes();
        let found: Vec<EventClass> =
            CLASSES.into_iter().filter(|class| classes.contains(*class)).collect();
        assert_eq!(found, fits);
    }

    #[test]
    fn rules_go_to_the_logs_they_were_written_for() {
        check("webserver", "", "", &[EventClass::Web]);
        check("process_creation", "linux", "", &[EventClass::Process]);
        check("process_creation", "windows", "", &[]);
        check("", "linux", "sshd", &[EventClass::Authentication, EventClass::Session]);
        check("", "linux", "vsftpd", &[]);
        check("database", "postgresql", "", &[EventClass::Database]);
        check("", "", "", &CLASSES);
    }

    #[test]
    fn every_class_has_its_own_place() {
        for (at, class) in CLASSES.into_iter().enumerate() {
            assert_eq!(place(class), at);
        }
    }
}

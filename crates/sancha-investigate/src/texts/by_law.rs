use sancha_model::Text;

pub const BECAUSE_APPLIES: Text = Text::new(
    "clock.because.applies",
    "按所涉系统和单位类别适用",
    "by the systems touched and the kind of operator",
);
pub const BECAUSE_IF_DESIGNATED: Text = Text::new(
    "clock.because.if_designated",
    "如出示所涉系统的关键信息基础设施认定通知，则适用（档案中有说明，未见可读的通知）",
    "applies if the designation notice of the touched system is shown (the profile names one; no readable notice was found)",
);
pub const BECAUSE_IF_KIND: Text = Text::new(
    "clock.because.if_kind",
    "未提供单位档案，是否属于此类单位由单位说明",
    "no operator profile was given; whether the unit is of this kind is for the unit to say",
);
pub const IF_CRITICAL: Text = Text::new(
    "clock.if.critical",
    "如涉及关键信息基础设施",
    "if critical infrastructure is involved",
);
pub const IF_CENTRAL: Text = Text::new(
    "clock.if.central",
    "如属中央和国家机关及其直属单位",
    "if the unit is a central organ or directly under one",
);
pub const IF_OTHERWISE: Text =
    Text::new("clock.if.otherwise", "如属其他网络运营者", "if the unit is any other operator");

pub static ALL_BY_LAW: &[&Text] = &[
    &BECAUSE_APPLIES,
    &BECAUSE_IF_DESIGNATED,
    &BECAUSE_IF_KIND,
    &IF_CRITICAL,
    &IF_CENTRAL,
    &IF_OTHERWISE,
];

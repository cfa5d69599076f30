use sancha_model::Text;

pub const PERSONAL_INFO_MAXIMUM: Text = Text::new(
    "grade.personal_info.maximum",
    "单位档案记载该系统共存有{people}人的个人信息；这是上限，不是已泄露人数",
    "the profile says the system holds personal information of {people} persons; that is the most there can be, not the number leaked",
);

pub(super) static ALL_GRADE: &[&Text] = &[&PERSONAL_INFO_MAXIMUM];

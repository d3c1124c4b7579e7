//! What is wrong with a field of a request: its pointer, a stable code, and words for people in both languages.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

/// Why a field is not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldCode {
    /// It must be there.
    Required,
    /// There is no such field.
    UnknownField,
    /// Given more than once where it may stand once.
    Repeated,
    /// A text where a number belongs, and the like; the type that belongs there.
    WrongType {
        /// The JSON type or types.
        expected: Cow<'static, str>,
    },
    /// Fewer characters than this.
    TooShort {
        /// The least.
        min: u64,
    },
    /// More characters than this.
    TooLong {
        /// The most.
        max: u64,
    },
    /// Fewer items than this.
    TooFew {
        /// The least.
        min: u64,
    },
    /// More items than this.
    TooMany {
        /// The most.
        max: u64,
    },
    /// A number below the least.
    TooSmall {
        /// The least.
        min: String,
    },
    /// A number above the most.
    TooLarge {
        /// The most.
        max: String,
    },
    /// Not written in the form the document states (a pattern or a format).
    WrongForm,
    /// Only white space, where a text belongs.
    Blank,
    /// Control, zero-width or bidirectional characters, which make one text look like another.
    ForbiddenCharacter,
    /// None of the words of the list; the words, if they are few.
    NotOneOf {
        /// The words.
        words: Vec<String>,
    },
    /// The same item twice.
    Duplicate,
    /// A time that has not come.
    InTheFuture,
    /// A time that is over.
    InThePast,
    /// It ends before it begins.
    EndsBeforeStart,
    /// The check digit does not fit.
    WrongChecksum,
    /// What it names is not there, or is not yours.
    NotFound,
    /// It does not fit another field; which.
    Contradicts {
        /// The other field's pointer.
        other: &'static str,
    },
    /// It must not be given here.
    NotAllowedHere,
    /// A password that is easily guessed.
    TooWeak,
    /// A cursor that this list did not give.
    WrongCursor,
    /// Refused for a reason of the feature's own.
    Other {
        /// The stable code.
        code: &'static str,
        /// In English.
        message: &'static str,
        /// In Chinese.
        message_zh: &'static str,
    },
}

impl FieldCode {
    /// The stable code.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::UnknownField => "unknown_field",
            Self::Repeated => "repeated",
            Self::WrongType { .. } => "wrong_type",
            Self::TooShort { .. } => "too_short",
            Self::TooLong { .. } => "too_long",
            Self::TooFew { .. } => "too_few",
            Self::TooMany { .. } => "too_many",
            Self::TooSmall { .. } => "too_small",
            Self::TooLarge { .. } => "too_large",
            Self::WrongForm => "wrong_form",
            Self::Blank => "blank",
            Self::ForbiddenCharacter => "forbidden_character",
            Self::NotOneOf { .. } => "not_one_of",
            Self::Duplicate => "duplicate",
            Self::InTheFuture => "in_the_future",
            Self::InThePast => "in_the_past",
            Self::EndsBeforeStart => "ends_before_start",
            Self::WrongChecksum => "wrong_checksum",
            Self::NotFound => "not_found",
            Self::Contradicts { .. } => "contradicts",
            Self::NotAllowedHere => "not_allowed_here",
            Self::TooWeak => "too_weak",
            Self::WrongCursor => "wrong_cursor",
            Self::Other { code, .. } => code,
        }
    }

    /// For people, in English and in Chinese.
    fn messages(&self) -> (Cow<'static, str>, Cow<'static, str>) {
        let fixed = |en: &'static str, zh: &'static str| (Cow::Borrowed(en), Cow::Borrowed(zh));
        let made = |en: String, zh: String| (Cow::Owned(en), Cow::Owned(zh));
        match self {
            Self::Required => fixed("must be given", "必须填写"),
            Self::UnknownField => fixed("there is no such field", "没有这个字段"),
            Self::Repeated => fixed("may be given once only", "只能填写一次"),
            Self::WrongType { expected } => made(format!("must be of type {expected}"), format!("类型应为 {expected}")),
            Self::TooShort { min } => made(format!("must have at least {min} characters"), format!("至少 {min} 个字符")),
            Self::TooLong { max } => made(format!("must have at most {max} characters"), format!("最多 {max} 个字符")),
            Self::TooFew { min } => made(format!("must have at least {min} items"), format!("至少 {min} 项")),
            Self::TooMany { max } => made(format!("must have at most {max} items"), format!("最多 {max} 项")),
            Self::TooSmall { min } => made(format!("must be at least {min}"), format!("不得小于 {min}")),
            Self::TooLarge { max } => made(format!("must be at most {max}"), format!("不得大于 {max}")),
            Self::WrongForm => fixed("is not written in the form asked for", "格式不符合要求"),
            Self::Blank => fixed("must not be blank", "不能为空白"),
            Self::ForbiddenCharacter => {
                fixed("holds control, zero-width or text-direction characters", "含有控制字符、零宽字符或文字方向字符")
            }
            Self::NotOneOf { words } if words.is_empty() => fixed("is none of the values that are allowed", "不在允许的取值之内"),
            Self::NotOneOf { words } => {
                made(format!("must be one of: {}", words.join(", ")), format!("应为以下之一:{}", words.join("、")))
            }
            Self::Duplicate => fixed("holds the same item twice", "有重复的项"),
            Self::InTheFuture => fixed("must not lie in the future", "不能是将来的时间"),
            Self::InThePast => fixed("must not lie in the past", "不能是过去的时间"),
            Self::EndsBeforeStart => fixed("must not end before it begins", "结束不能早于开始"),
            Self::WrongChecksum => fixed("the check digit does not fit", "校验码不符"),
            Self::NotFound => fixed("is not there, or is not yours", "不存在或无权使用"),
            Self::Contradicts { other } => made(format!("does not fit {other}"), format!("与 {other} 矛盾")),
            Self::NotAllowedHere => fixed("must not be given here", "此处不得填写"),
            Self::TooWeak => fixed("is too easily guessed", "过于容易猜到"),
            Self::WrongCursor => fixed("is no cursor of this list", "不是本列表的游标"),
            Self::Other { message, message_zh, .. } => fixed(message, message_zh),
        }
    }
}

/// One wrong field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldError {
    /// Where: a JSON Pointer (RFC 6901) into the body, `/query/<name>` for a parameter, `/header/<name>` for a header.
    pub pointer: String,
    /// The stable code.
    pub code: Cow<'static, str>,
    /// For people, in English.
    pub message: Cow<'static, str>,
    /// For people, in Chinese.
    pub message_zh: Cow<'static, str>,
}

impl FieldError {
    /// What is wrong at `pointer`.
    pub fn new(pointer: impl Into<String>, code: &FieldCode) -> Self {
        let (message, message_zh) = code.messages();
        Self { pointer: pointer.into(), code: Cow::Borrowed(code.as_str()), message, message_zh }
    }
}

/// So many wrong fields are told; a body of nothing but faults must not make an answer larger than itself.
const MOST: usize = 100;

/// Collects every wrong field, so that a request hears all of them at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }
    /// One more; the same code at the same place is told once, and after the first hundred none is told.
    #[expect(clippy::needless_pass_by_value, reason = "a code is made where it is pushed")]
    pub fn push(&mut self, pointer: impl Into<String>, code: FieldCode) {
        if self.0.len() >= MOST {
            return;
        }
        let error = FieldError::new(pointer, &code);
        if !self.0.iter().any(|e| e.pointer == error.pointer && e.code == error.code) {
            self.0.push(error);
        }
    }
    /// One more that was said elsewhere; as above.
    pub fn push_said(&mut self, error: FieldError) {
        if self.0.len() < MOST {
            self.0.push(error);
        }
    }
    /// Whether nothing is wrong.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The wrong fields, in the order found.
    pub fn as_slice(&self) -> &[FieldError] {
        &self.0
    }
    /// All of `other`'s too.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
        self.0.truncate(MOST);
    }
    /// `Ok` if nothing is wrong, else the problem 422 `not_valid` that names every field.
    pub fn into_result(self) -> Result<(), super::problem::Problem> {
        if self.is_empty() { Ok(()) } else { Err(super::problem::Problem::not_valid(self)) }
    }
    pub(super) fn into_vec(self) -> Vec<FieldError> {
        self.0
    }
}

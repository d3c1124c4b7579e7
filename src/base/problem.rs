//! Problems (RFC 9457): what a request hears when it cannot be answered. It stands on floor 1 because the gate answers
//! with it as well as the door.
//!
//! Always: a stable code, both languages, every wrong field named; never case data, SQL or a path in it.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

pub use super::fields::{FieldCode, FieldError, FieldErrors};

/// Declares the codes, one line each: `Variant = "code", status, "title", "标题"`.
macro_rules! codes {
    ($( $(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $title:literal, $title_zh:literal; )*) => {
        /// The kinds of problem. A feature that needs one of its own adds a line to the table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
        pub enum Code { $( $(#[$doc])* #[serde(rename = $text)] $name ),* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$( Self::$name ),*];
            /// The stable code.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$name => $text ),* }
            }
            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $( Self::$name => $status ),* }
            }
            /// The title in English.
            pub const fn title(self) -> &'static str {
                match self { $( Self::$name => $title ),* }
            }
            /// The title in Chinese.
            pub const fn title_zh(self) -> &'static str {
                match self { $( Self::$name => $title_zh ),* }
            }
        }
    };
}

codes! {
    /// The body is not JSON, or says something twice.
    MalformedJson = "malformed_json", 400, "The body is not well-formed JSON", "请求体不是合法的 JSON";
    /// A header or the query string cannot be read.
    NotParseable = "not_parseable", 400, "The request cannot be read", "无法读取请求";
    /// No session, or a dead one.
    Unauthenticated = "unauthenticated", 401, "Sign in first", "请先登录";
    /// Signing in failed.
    WrongCredentials = "wrong_credentials", 401, "The user name or password is wrong", "用户名或密码不正确";
    /// The audit log has no place for the entry yet.
    NotInLogYet = "not_in_log_yet", 409, "The log has no place for it yet; ask again in a few seconds", "日志尚未收录,请数秒后重试";
    /// Seen, but not allowed.
    Forbidden = "forbidden", 403, "You may not do this", "您无权进行此操作";
    /// Signed in with a one-time password: first choose one of your own.
    PasswordChangeRequired = "password_change_required", 403, "Choose a password of your own first", "请先设置自己的密码";
    /// Absent, or none of yours.
    NotFound = "not_found", 404, "There is nothing here", "没有找到";
    /// The path is there, the method is not.
    MethodNotAllowed = "method_not_allowed", 405, "This method is not offered here", "此处不支持该方法";
    /// The body came too slowly.
    RequestTimeout = "request_timeout", 408, "The request took too long to arrive", "请求传输超时";
    /// Something else stands in the way.
    Conflict = "conflict", 409, "This conflicts with what is already there", "与现有内容冲突";
    /// The state does not allow the step.
    IllegalStep = "illegal_step", 409, "The state does not allow this step", "当前状态不允许此步骤";
    /// Conditions of the mediation gate are missing; each is named.
    GateNotMet = "gate_not_met", 409, "The conditions for mediation are not met", "尚不具备调解条件";
    /// A first look needs a declaration about conflicts of interest.
    DeclarationRequired = "declaration_required", 409, "Declare first whether you have a conflict of interest", "请先作利益冲突申报";
    /// Somebody is too close to a party.
    ConflictOfInterest = "conflict_of_interest", 409, "This person has a conflict of interest in this case", "该人员与本案存在利益冲突";
    /// No contract in force covers it.
    NoContract = "no_contract", 409, "No contract in force covers this", "没有生效中的合同涵盖此项";
    /// The contract's quota is used up.
    QuotaUsedUp = "quota_used_up", 409, "The contract's quota is used up", "合同名额已用完";
    /// Her consent in force does not cover it.
    ConsentMissing = "consent_missing", 409, "Her consent in force does not cover this", "当事人现行有效的同意不包含此项";
    /// A further attempt to reach her needs a supervisor's word.
    SupervisorWordNeeded = "supervisor_word_needed", 409, "A supervisor's word is needed first", "须先经主管同意";
    /// What was changed is no longer what was seen.
    Stale = "stale", 412, "It has changed since you saw it", "内容在您查看之后已有变动";
    /// The body is larger than the limit.
    TooLarge = "too_large", 413, "The body is too large", "请求体过大";
    /// The body's type is not the one asked for.
    UnsupportedMediaType = "unsupported_media_type", 415, "The body's type is not supported", "不支持的内容类型";
    /// Fields are wrong; each is named.
    NotValid = "not_valid", 422, "Some fields are not valid", "部分字段不符合要求";
    /// The scanner found something in the file.
    MalwareFound = "malware_found", 422, "The file holds malware", "文件含有恶意程序";
    /// The idempotency key was used for another request.
    IdempotencyMismatch = "idempotency_mismatch", 422, "The idempotency key was used for another request", "该幂等键已用于另一请求";
    /// Changing it needs `If-Match`.
    IfMatchRequired = "if_match_required", 428, "Say with If-Match which state you saw", "请用 If-Match 注明所见的版本";
    /// Too many attempts.
    TooManyRequests = "too_many_requests", 429, "Too many attempts", "尝试次数过多";
    /// A header is larger than the limit.
    HeaderTooLarge = "header_too_large", 431, "A header is too large", "请求头过大";
    /// A fault of ours.
    Internal = "internal", 500, "Something went wrong on our side", "服务器内部错误";
    /// The access could not be recorded, so nothing is shown and nothing changed.
    AuditUnavailable = "audit_unavailable", 503, "The access cannot be recorded now", "暂时无法记录访问";
    /// The database does not answer.
    StorageUnavailable = "storage_unavailable", 503, "The records cannot be reached now", "暂时无法访问数据";
    /// Papers cannot be typeset: no font covers Chinese.
    PapersUnavailable = "papers_unavailable", 503, "Papers cannot be made on this server now", "服务器暂时无法制作文书";
    /// The virus scanner does not answer, so nothing is taken.
    ScannerUnavailable = "scanner_unavailable", 503, "The virus scanner does not answer", "病毒扫描服务暂不可用";
    /// Too much at once.
    Overloaded = "overloaded", 503, "Too many requests at once", "服务繁忙";
}

/// What a request hears when it cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    code: Code,
    detail: Option<(Cow<'static, str>, Cow<'static, str>)>,
    errors: Vec<FieldError>,
    state: Option<Cow<'static, str>>,
    allowed: Option<Vec<Cow<'static, str>>>,
    retry_after: Option<u32>,
}

/// Makes a constructor for each code that needs nothing else.
macro_rules! plain {
    ($( $(#[$doc:meta])* $name:ident => $code:ident; )*) => {
        impl Problem { $( $(#[$doc])* pub fn $name() -> Self { Self::new(Code::$code) } )* }
    };
}

plain! {
    /// 401: no session, or a dead one.
    unauthenticated => Unauthenticated;
    /// 401: signing in failed.
    wrong_credentials => WrongCredentials;
    /// 403: seen, but not allowed.
    forbidden => Forbidden;
    /// 403: signed in with a one-time password.
    password_change_required => PasswordChangeRequired;
    /// 404: absent, or none of yours: the same words for both.
    not_found => NotFound;
    /// 409: the audit log has no place for the entry yet.
    not_in_log_yet => NotInLogYet;
    /// 409: something else stands in the way.
    conflict => Conflict;
    /// 409: a first look needs a declaration about conflicts of interest.
    declaration_required => DeclarationRequired;
    /// 412: it has changed since it was seen.
    stale => Stale;
    /// 422: the idempotency key was used for another request.
    idempotency_mismatch => IdempotencyMismatch;
    /// 428: changing it needs `If-Match`.
    if_match_required => IfMatchRequired;
    /// 500: a fault of ours; the log says which, under the request id.
    internal => Internal;
}

impl Problem {
    /// A problem of this kind, without more words.
    pub fn new(code: Code) -> Self {
        Self(Box::new(Inner { code, detail: None, errors: Vec::new(), state: None, allowed: None, retry_after: None }))
    }
    /// 422: every wrong field named.
    pub fn not_valid(errors: FieldErrors) -> Self {
        let mut problem = Self::new(Code::NotValid);
        problem.0.errors = errors.into_vec();
        problem
    }
    /// 422: one wrong field.
    pub fn wrong_field(pointer: impl Into<String>, code: FieldCode) -> Self {
        let mut errors = FieldErrors::new();
        errors.push(pointer, code);
        Self::not_valid(errors)
    }
    /// 409: conditions of the mediation gate are missing; each is named, `/gate/<condition>`.
    pub fn gate_not_met(missing: FieldErrors) -> Self {
        let mut problem = Self::new(Code::GateNotMet);
        problem.0.errors = missing.into_vec();
        problem
    }
    /// 409: `state` does not allow `step`; what it allows.
    pub fn illegal_step(state: &'static str, step: &'static str, allowed: impl IntoIterator<Item = &'static str>) -> Self {
        let mut problem = Self::new(Code::IllegalStep)
            .because(format!("`{step}` is not possible in state `{state}`"), format!("“{state}”状态下不能执行“{step}”"));
        problem.0.state = Some(Cow::Borrowed(state));
        problem.0.allowed = Some(allowed.into_iter().map(Cow::Borrowed).collect());
        problem
    }
    /// 429: again after so many seconds.
    pub fn too_many_requests(retry_after: u32) -> Self {
        Self::new(Code::TooManyRequests).retry_after(retry_after)
    }
    /// 503: the access could not be recorded.
    pub fn audit_unavailable() -> Self {
        Self::new(Code::AuditUnavailable).retry_after(5)
    }
    /// 503: the database does not answer.
    pub fn storage_unavailable() -> Self {
        Self::new(Code::StorageUnavailable).retry_after(5)
    }
    /// 503: too much at once.
    pub fn overloaded() -> Self {
        Self::new(Code::Overloaded).retry_after(1)
    }
    /// More words. They are the program's own: never what a case or a request holds.
    #[must_use]
    pub fn because(mut self, detail: impl Into<Cow<'static, str>>, detail_zh: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some((detail.into(), detail_zh.into()));
        self
    }
    /// When to try again, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }
    /// Its kind.
    pub fn code(&self) -> Code {
        self.0.code
    }
    /// The wrong fields.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }
    /// When to try again, in seconds, if that was said.
    pub fn retry_after_seconds(&self) -> Option<u32> {
        self.0.retry_after
    }
    /// As it is sent.
    pub fn body(&self, request_id: &str) -> ProblemBody {
        let code = self.0.code;
        let (detail, detail_zh) = self.0.detail.clone().unwrap_or((code.title().into(), code.title_zh().into()));
        ProblemBody {
            kind: format!("/api/docs#problem-{}", code.as_str()),
            title: code.title(),
            title_zh: code.title_zh(),
            status: code.status(),
            code,
            detail,
            detail_zh,
            request_id: request_id.to_owned(),
            errors: self.0.errors.clone(),
            state: self.0.state.clone(),
            allowed: self.0.allowed.clone(),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.code.as_str())
    }
}

impl std::error::Error for Problem {}

/// A problem as sent, `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct ProblemBody {
    /// The kind's entry in the browsable document.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind, in English.
    pub title: &'static str,
    /// The kind, in Chinese.
    pub title_zh: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: Code,
    /// What happened, in English.
    pub detail: Cow<'static, str>,
    /// What happened, in Chinese.
    pub detail_zh: Cow<'static, str>,
    /// The request, as in `X-Request-Id`, the log and the audit entry.
    pub request_id: String,
    /// Every wrong field, or missing condition; empty otherwise.
    pub errors: Vec<FieldError>,
    /// `illegal_step` only: the state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Cow<'static, str>>,
    /// `illegal_step` only: the steps that the state allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Vec<Cow<'static, str>>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_an_error_with_words_in_both_languages() {
        for code in Code::ALL {
            assert!((400..600).contains(&code.status()), "{code:?}");
            assert!(code.title().is_ascii() && !code.title_zh().is_ascii(), "{code:?}");
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }

    #[test]
    fn an_illegal_step_tells_the_state_and_the_steps_allowed() {
        let body = serde_json::to_value(Problem::illegal_step("sent", "accept", ["acknowledge"]).body("r1")).unwrap();
        assert_eq!(body["state"], "sent");
        assert_eq!(body["allowed"], serde_json::json!(["acknowledge"]));
        assert_eq!(body["request_id"], "r1");
        assert_eq!(body["type"], "/api/docs#problem-illegal_step");
    }

    #[test]
    fn the_same_fault_at_the_same_place_is_told_once() {
        let mut errors = FieldErrors::new();
        errors.push("/a", FieldCode::Required);
        errors.push("/a", FieldCode::Required);
        errors.push("/b", FieldCode::Required);
        assert_eq!(errors.as_slice().len(), 2);
    }
}

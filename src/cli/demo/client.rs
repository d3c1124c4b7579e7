//! People who act through the real HTTP API: for the demo, and for the tests that prove the same story.

use std::sync::Mutex;

use reqwest::{Method, StatusCode};
use serde_json::Value;

/// An answer as a client sees it.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body; null where there is none.
    pub body: Value,
    /// The body's own bytes.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
    /// A text in the body, by its JSON pointer; empty where there is none.
    pub fn text(&self, pointer: &str) -> String {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
    /// The body's `id`.
    pub fn id(&self) -> String {
        self.text("/id")
    }
    /// The problem's code; empty for an answer that is none.
    pub fn code(&self) -> String {
        self.text("/code")
    }
    /// Whether it succeeded.
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Why a client could not be answered at all, or was not answered as the story needs.
#[derive(Debug, thiserror::Error)]
pub enum Told {
    /// No answer.
    #[error("no answer: {0}")]
    Http(#[from] reqwest::Error),
    /// Another answer than the story needs.
    #[error("{who}: {what}: answered {status} {body}")]
    Unexpected {
        /// Who asked.
        who: String,
        /// What was asked.
        what: String,
        /// The status.
        status: u16,
        /// The body.
        body: String,
    },
}

/// Somebody with an account, or a visitor without.
pub struct Actor {
    http: reqwest::Client,
    base: String,
    /// As the account is named.
    pub username: String,
    password: Mutex<String>,
    token: Mutex<Option<String>>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Actor {
    /// Somebody at this server (`http://127.0.0.1:8080`).
    pub fn new(http: reqwest::Client, base: &str, username: &str, password: &str) -> Self {
        Self {
            http,
            base: base.to_owned(),
            username: username.to_owned(),
            password: Mutex::new(password.to_owned()),
            token: Mutex::new(None),
        }
    }
    /// Their password now.
    pub fn password(&self) -> String {
        locked(&self.password).clone()
    }
    /// They have another password from now on.
    pub fn has_password(&self, password: &str) {
        password.clone_into(&mut locked(&self.password));
        self.forget();
    }
    /// They sign in anew at the next request.
    pub fn forget(&self) {
        *locked(&self.token) = None;
    }
    /// Their access token, if they are signed in.
    pub fn token(&self) -> Option<String> {
        locked(&self.token).clone()
    }

    /// Signs in.
    pub async fn sign_in(&self) -> Result<Answer, Told> {
        let body = serde_json::json!({ "username": self.username, "password": self.password() });
        let answer = self.send(Method::POST, "/sessions", Some(&body), &[]).await?;
        *locked(&self.token) = answer.is_ok().then(|| answer.text("/access_token"));
        Ok(answer)
    }

    /// Asks, signed in; once more after signing in anew where the session has ended meanwhile.
    pub async fn ask(&self, method: Method, path: &str, body: Option<&Value>, headers: &[(&str, &str)]) -> Result<Answer, Told> {
        if self.token().is_none() && !self.username.is_empty() {
            self.sign_in().await?;
        }
        let answer = self.send(method.clone(), path, body, headers).await?;
        if answer.status == StatusCode::UNAUTHORIZED && !self.username.is_empty() && self.sign_in().await?.is_ok() {
            return self.send(method, path, body, headers).await;
        }
        Ok(answer)
    }

    /// Asks as they stand: with their token, if they have one.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>, headers: &[(&str, &str)]) -> Result<Answer, Told> {
        let url = if path.starts_with("/health") || path.starts_with("/api/") {
            format!("{}{path}", self.base)
        } else {
            format!("{}/api/v1{path}", self.base)
        };
        let mut request = self.http.request(method, url);
        if let Some(token) = self.token() {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        Self::answer(request).await
    }

    /// `PUT`s a file's bytes, signed in.
    pub async fn put_file(&self, path: &str, content_type: &str, bytes: Vec<u8>) -> Result<Answer, Told> {
        if self.token().is_none() && !self.username.is_empty() {
            self.sign_in().await?;
        }
        let mut request = self.http.put(format!("{}/api/v1{path}", self.base)).header("content-type", content_type).body(bytes);
        if let Some(token) = self.token() {
            request = request.bearer_auth(token);
        }
        Self::answer(request).await
    }

    async fn answer(request: reqwest::RequestBuilder) -> Result<Answer, Told> {
        let response = request.send().await?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        let bytes = response.bytes().await?.to_vec();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Answer { status, headers, body, bytes })
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Result<Answer, Told> {
        self.ask(Method::GET, path, None, &[]).await
    }
    /// `POST`.
    pub async fn post(&self, path: &str, body: Value) -> Result<Answer, Told> {
        self.ask(Method::POST, path, Some(&body), &[]).await
    }
    /// A change of `at` as it is now: its `ETag` is asked for first, and sent along.
    pub async fn change(&self, method: Method, at: &str, path: &str, body: Value) -> Result<Answer, Told> {
        let seen = self.get(at).await?;
        let Some(tag) = seen.header("etag") else { return Ok(seen) };
        self.ask(method, path, Some(&body), &[("if-match", tag)]).await
    }
    /// A step of a state machine: `POST {at}/{step}` with the `ETag` of `at`.
    pub async fn step(&self, at: &str, step: &str, body: Value) -> Result<Answer, Told> {
        self.change(Method::POST, at, &format!("{at}/{step}"), body).await
    }
}

impl Answer {
    /// It must be this status: the story does not go on otherwise.
    pub fn must(self, who: &Actor, what: &str, status: u16) -> Result<Self, Told> {
        if self.status == status {
            return Ok(self);
        }
        let body = String::from_utf8_lossy(&self.bytes).into_owned();
        Err(Told::Unexpected { who: who.username.clone(), what: what.to_owned(), status: self.status, body })
    }
}

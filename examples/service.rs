//! A small HTTP service: whoever calls is told by a token, and reaches their own memory only.
//!
//! `DATABASE_URL=postgresql://… cargo run --example service`, then
//!
//! ```text
//! curl localhost:8080/memories -H 'authorization: Bearer token-of-alice' -H 'content-type: application/json' \
//!     -d '{"context_type": "conversation_fact", "content": {"text": "Alice likes tea"}}'
//! curl localhost:8080/search?text=tea -H 'authorization: Bearer token-of-alice'
//! curl localhost:8080/search?text=tea -H 'authorization: Bearer token-of-bob'
//! ```

use axum::{
    Json, Router,
    extract::{FromRequestParts, Path, Query},
    http::{StatusCode, header::AUTHORIZATION, request::Parts},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use pgmemory::{Config, Error, ErrorKind, Hit, Memory, NewNode, Node, Outcome, Stored, UserMemory};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// A real service asks its identity provider.
const TOKENS: [(&str, &str); 2] = [("token-of-alice", "alice"), ("token-of-bob", "bob")];

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let memory = Memory::connect(Config::from_env()?).await?;
    memory.migrate().await?;
    let routes = Router::new()
        .route("/memories", post(store))
        .route("/memories/{node_id}", get(read).delete(forget))
        .route("/search", get(search))
        .with_state(memory);

    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    // Takes no more calls after the signal, and ends when those under way are answered.
    axum::serve(listener, routes).with_graceful_shutdown(stopped()).await?;
    println!("stopped");
    Ok(())
}

async fn stopped() {
    tokio::signal::ctrl_c().await.expect("a handler of the signal");
}

async fn store(Caller(user): Caller, Json(node): Json<NewNode>) -> Result<(StatusCode, Json<Stored>), Failure> {
    let stored = user.store(&node).await?;
    let status = if stored.outcome == Outcome::Inserted { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(stored)))
}

async fn read(Caller(user): Caller, Path(node_id): Path<Uuid>) -> Result<Json<Node>, Failure> {
    user.get(node_id).await?.map(Json).ok_or(Failure::NotFound)
}

async fn forget(Caller(user): Caller, Path(node_id): Path<Uuid>) -> Result<StatusCode, Failure> {
    if user.delete(node_id).await? { Ok(StatusCode::NO_CONTENT) } else { Err(Failure::NotFound) }
}

#[derive(Deserialize)]
struct Question {
    text: String,
    #[serde(default = "ten")]
    limit: usize,
}

fn ten() -> usize {
    10
}

async fn search(Caller(user): Caller, Query(question): Query<Question>) -> Result<Json<Vec<Hit>>, Failure> {
    Ok(Json(user.search(question.text).limit(question.limit).await?))
}

/// The memory of whoever calls: a handler that takes it can reach nobody else's.
struct Caller(UserMemory);

impl FromRequestParts<Memory> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, memory: &Memory) -> Result<Self, Failure> {
        let token = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let (_, user_id) = TOKENS.iter().find(|(known, _)| Some(*known) == token).ok_or(Failure::Unauthorized)?;
        Ok(Self(memory.user(user_id)?))
    }
}

/// Why a call failed, as its status says.
enum Failure {
    Unauthorized,
    NotFound,
    Memory(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Memory(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "no such token".to_owned()),
            Self::NotFound => (StatusCode::NOT_FOUND, "no such memory".to_owned()),
            Self::Memory(error) => match error.kind() {
                ErrorKind::InvalidInput => (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
                ErrorKind::NotFound => (StatusCode::NOT_FOUND, error.to_string()),
                ErrorKind::Conflict => (StatusCode::CONFLICT, error.to_string()),
                _ if error.is_retryable() => (StatusCode::SERVICE_UNAVAILABLE, "try again later".to_owned()),
                // What the database says is for the operator, not for the caller.
                _ => {
                    eprintln!("{error}");
                    (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong".to_owned())
                }
            },
        };
        (status, Json(json!({ "error": message }))).into_response()
    }
}

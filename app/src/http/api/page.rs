//! Lists in pages: `?page-token=` in, `next_page_token` out. A token is the id of the last item of the page before.

use std::str::FromStr;

use axum::Json;
use serde::{Deserialize, Serialize};

use super::error::ApiError;

/// Items of a page.
pub(super) const LENGTH: u32 = 20;

/// Which page is wanted.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default, rename = "page-token")]
    page_token: Option<String>,
}

impl Wanted {
    /// The id of the last item of the page before; `None` for the first page.
    pub(super) fn after<T: FromStr>(&self) -> Result<Option<T>, ApiError> {
        match self.page_token.as_deref().unwrap_or_default() {
            "" => Ok(None),
            token => match token.parse() {
                Ok(id) => Ok(Some(id)),
                Err(_) => Err(ApiError::refused("`page-token` is none that this server has given")),
            },
        }
    }
}

/// A page.
#[derive(Debug, Serialize)]
pub(super) struct Page<T> {
    items: Vec<T>,
    /// Always there: null on the last page.
    next_page_token: Option<String>,
}

impl<T> Page<T> {
    /// All there is, on one page.
    pub(super) fn whole(items: Vec<T>) -> Json<Self> {
        Json(Self { items, next_page_token: None })
    }

    /// A page that others may follow.
    pub(super) fn with_next(items: Vec<T>, next_page_token: Option<String>) -> Json<Self> {
        Json(Self { items, next_page_token })
    }
}

/// A page of what was read as one row more than it takes: that row tells whether another page follows.
pub(super) fn cut<T>(rows: &mut Vec<T>, token: impl FnOnce(&T) -> String) -> Option<String> {
    let length = LENGTH as usize;
    if rows.len() <= length {
        return None;
    }
    rows.truncate(length);
    rows.last().map(token)
}

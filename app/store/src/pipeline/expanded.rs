//! What configurations were expanded to. Compressed: it is read seldom, and repeats itself a lot.

use std::io::{self, Read, Write};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use model::id::PipelineId;
use sqlx::SqliteExecutor;

use crate::{Error, Result, Tx};

/// The expanded configurations of a pipeline, as `config process` prints them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// Of what runs in the end; `None` before that is compiled, and when it has errors.
    pub last: Option<String>,
    /// Of the setup configuration; `None` without one.
    pub setup: Option<String>,
}

/// An expanded configuration, as its row holds it. Made before the transaction that keeps it: a long one takes its time, and
/// nobody else writes meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedText(Vec<u8>);

impl PackedText {
    /// Compresses a text.
    pub fn new(text: &str) -> Self {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        let written = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
        Self(written.expect("nothing can go wrong with memory"))
    }
}

/// The expanded configurations of a pipeline.
pub async fn get_expanded(db: impl SqliteExecutor<'_>, id: PipelineId) -> Result<Expanded> {
    let key = id.to_string();
    let rows =
        sqlx::query!("SELECT of_setup, text FROM expanded_config WHERE pipeline_id = ?1", key).fetch_all(db).await?;
    let mut expanded = Expanded::default();
    for row in rows {
        let text = Some(decompress(&row.text).map_err(|error| Error::Db(sqlx::Error::Decode(error.into())))?);
        match row.of_setup {
            0 => expanded.last = text,
            _ => expanded.setup = text,
        }
    }
    Ok(expanded)
}

/// Keeps what a configuration was expanded to. `of_setup`: it is the setup configuration.
pub async fn set_expanded(tx: &mut Tx, id: PipelineId, of_setup: bool, text: &PackedText) -> Result<()> {
    let (key, text) = (id.to_string(), text.0.as_slice());
    sqlx::query!(
        "INSERT INTO expanded_config (pipeline_id, of_setup, text) VALUES (?1, ?2, ?3)
         ON CONFLICT (pipeline_id, of_setup) DO UPDATE SET text = excluded.text",
        key,
        of_setup,
        text
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

fn decompress(bytes: &[u8]) -> io::Result<String> {
    let mut text = String::new();
    ZlibDecoder::new(bytes).read_to_string(&mut text)?;
    Ok(text)
}

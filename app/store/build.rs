//! Makes an empty database from `migrations/`, so that `query!` checks every statement while it is compiled.

use std::{env, error::Error, fs, path::PathBuf};

use sqlx::{Connection, migrate::Migrator, sqlite::SqliteConnectOptions};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let migrations = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../migrations");
    println!("cargo::rerun-if-changed={}", migrations.display());
    let database = PathBuf::from(env::var("OUT_DIR")?).join("schema.db");
    match fs::remove_file(&database) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        Ok(()) | Err(_) => {}
    }
    let options = SqliteConnectOptions::new().filename(&database).create_if_missing(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await?;
    Migrator::new(migrations).await?.run(&mut connection).await?;
    connection.close().await?;
    println!("cargo::rustc-env=DATABASE_URL=sqlite:{}", database.display());
    Ok(())
}

//! Who may see and do what.

use anyhow::bail;

use super::resolve::Resolved;

/// Who may see and do what.
#[derive(Clone, Debug, Default)]
pub struct LoginSettings {
    /// Whether nothing is shown to those who are not logged in.
    pub required: bool,
}

impl LoginSettings {
    /// Understands what was resolved, of logins alone.
    ///
    /// # Errors
    /// A value that does not mean what it must.
    pub fn new(resolved: &Resolved) -> anyhow::Result<Self> {
        let value = resolved.text("require_login").unwrap_or("off");
        let required = match value {
            "on" | "true" | "yes" | "1" => true,
            "off" | "false" | "no" | "0" => false,
            _ => bail!(
                "`require_login` is `{value}` (from {}), but must be `on` or `off`",
                resolved.origin("require_login")
            ),
        };
        Ok(Self { required })
    }
}

//! Sealed values as people may see them: by name, and by their last characters.

use store::variable::Variable;
use tracing::error;

use super::part::When;
use crate::secret::{Owner, Vault, shown};

/// A variable without its value.
#[derive(Clone, Debug)]
pub struct VariableView {
    /// Its name.
    pub name: String,
    /// What people recognise the value by: `xxxx` and its last characters.
    pub shown: String,
    /// When it was last set.
    pub changed: When,
}

/// Makes the view of a variable of this owner. One that cannot be opened is shown all the same: it can be set again.
pub fn variable(vault: &Vault, owner: Owner<'_>, variable: &Variable, now: model::time::Timestamp) -> VariableView {
    let shown = match vault.unseal(owner, &variable.sealed) {
        Ok(value) => shown(&value),
        Err(error) => {
            error!("The variable `{}` cannot be opened: {error}", variable.name);
            "cannot be opened: set it again".to_owned()
        }
    };
    VariableView { name: variable.name.clone(), shown, changed: When::ago(variable.updated_at, now) }
}

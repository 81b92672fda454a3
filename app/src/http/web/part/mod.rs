//! The small parts that pages are made of, each with its template in `templates/part`.

mod dots;
mod job_name;
mod lapse;
mod mark;
mod name;
mod person;
mod prose;
mod reference;
mod when;

pub use dots::Dots;
pub use job_name::JobName;
pub use lapse::Lapse;
pub use mark::{Glyph, Mark};
pub use name::Name;
pub use person::Person;
pub use prose::prose;
pub use reference::Reference;
pub use when::When;

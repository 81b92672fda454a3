//! The forty hardest constructs that real configurations use, each as a test with a configuration of its own.
//!
//! | number | construct | test |
//! | --- | --- | --- |
//! | 1 | sections of mustache in `<< >>` | `templates::mustache_sections` |
//! | 2 | an anchor that is defined twice | `yaml::an_anchor_defined_twice` |
//! | 3 | two `<<:` in one map | `yaml::two_merge_keys_in_one_map` |
//! | 4 | a key that stands twice in one map | `yaml::a_key_twice_in_one_map` |
//! | 5 | plain `<< x >>` in a list or map in brackets, a merge key beside it | `yaml::templates_in_brackets` |
//! | 6 | `equal` over whole maps | `conditions::equal_over_whole_maps` |
//! | 7 | `\<<` | `templates::escaped_angle_brackets` |
//! | 8 | `<< … >>` over two lines | `templates::broken_over_lines` |
//! | 9 | `- steps: << parameters.x >>` as a step | `steps::a_step_of_steps` |
//! | 10 | `- << parameters.x >>` as a step, and `steps: << parameters.x >>` | `steps::a_list_in_place_of_a_step` |
//! | 11 | steps as arguments keep the scope of who wrote them | `steps::arguments_keep_the_scope_of_the_caller` |
//! | 12 | names of a matrix without `name`, used in `requires` | `matrix::implicit_names` |
//! | 13 | the key of a job is required, whose matrix has names of its own | `matrix::a_named_matrix_required_by_its_job` |
//! | 14 | `requires` with `<< matrix.x >>` | `matrix::requires_of_the_same_combination` |
//! | 15 | `requires` by the list of a matrix | `matrix::requires_by_an_alias_of_the_values` |
//! | 16 | values of a matrix that are maps, numbers, booleans, empty texts | `matrix::values_of_every_type` |
//! | 17 | one `name` for a whole matrix, a parameter in both the matrix and the arguments | `matrix::one_name_for_all` |
//! | 18 | `exclude` and `alias` | `matrix::exclude_and_alias` |
//! | 19 | a job several times in a workflow, without names | `matrix::the_same_job_several_times` |
//! | 20 | the expression language | `conditions::expressions` |
//! | 21 | `requires` with a status | `workflows::requires_with_a_status` |
//! | 22 | `serial-group`, reruns, jobs that do nothing | `workflows::serial_groups_reruns_and_no_ops` |
//! | 23 | conditions that only look dynamic | `conditions::conditions_that_only_look_dynamic` |
//! | 24 | texts as conditions | `conditions::texts_as_conditions` |
//! | 25 | comparing values with their types | `conditions::comparing_with_types` |
//! | 26 | regular expressions as Java reads them | `conditions::java_patterns` |
//! | 27 | patterns with and without slashes, whole and in part | `conditions::forms_of_patterns` |
//! | 28 | `<< >>` in filters | `conditions::templates_in_filters` |
//! | 29 | any key at the top | `yaml::any_key_at_the_top` |
//! | 30 | keys that nobody knows | `values::unknown_keys` |
//! | 31 | a job's keys at the depth of its name | `workflows::keys_beside_the_name_of_a_job` |
//! | 32 | `environment` as a list, with nothing, booleans and numbers | `values::environments_of_every_form` |
//! | 33 | numbers where texts are meant | `values::numbers_where_texts_are_meant` |
//! | 34 | a step that is only a merge | `yaml::a_step_that_is_only_a_merge` |
//! | 35 | orbs that are filled in when the pipeline runs, and every form of a version | `workflows::stubs_and_versions_of_orbs` |
//! | 36 | a default that is a template, and templates that become numbers | `templates::defaults_and_types` |
//! | 37 | `env_var_name` | `templates::names_of_environment_variables` |
//! | 38 | names that clash, and odd ones | `workflows::names_that_clash_and_odd_names` |
//! | 39 | old spellings | `steps::old_spellings` |
//! | 40 | configurations that are not whole | `workflows::configurations_that_are_not_whole` |

mod conditions;
mod matrix;
mod steps;
mod templates;
mod values;
mod workflows;
mod yaml;

/// The table above is whole, and names tests that there are.
#[test]
fn every_construct_has_its_test() {
    let sources = [
        ("conditions", include_str!("conditions.rs")),
        ("matrix", include_str!("matrix.rs")),
        ("steps", include_str!("steps.rs")),
        ("templates", include_str!("templates.rs")),
        ("values", include_str!("values.rs")),
        ("workflows", include_str!("workflows.rs")),
        ("yaml", include_str!("yaml.rs")),
    ];
    let mut numbers = Vec::new();
    for line in include_str!("mod.rs").lines() {
        let Some((row, test)) = line.strip_prefix("//! | ").and_then(|row| row.rsplit_once("| `")) else { continue };
        let number: usize =
            row.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{row}"));
        numbers.push(number);
        let (file, name) = test.trim_end_matches("` |").split_once("::").unwrap_or_else(|| panic!("{test}"));
        let source = sources.iter().find(|(known, _)| *known == file).unwrap_or_else(|| panic!("no file {file}")).1;
        assert!(source.contains(&format!("#[test]\nfn {name}()")), "no test {file}::{name}");
    }
    assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
}

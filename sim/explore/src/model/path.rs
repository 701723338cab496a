//! From the states on a path to the actions on it.

use super::Model;

/// The initial state and the actions that lead through states with these numbers, in order, the
/// first being the number of a state to begin in. `None` if there are none, which would mean that
/// `number` and the way the numbers were found disagree.
pub(super) fn along<M: Model, N: PartialEq>(
    model: &M,
    numbers: &[N],
    number: impl Fn(&M::State) -> N,
) -> Option<(usize, Vec<M::Action>)> {
    let (first, rest) = numbers.split_first()?;
    let mut initial = model.initial().into_iter().enumerate();
    let (which, mut state) = initial.find(|(_, state)| number(state) == *first)?;
    let mut path = Vec::with_capacity(rest.len());
    let mut actions = Vec::new();
    for next in rest {
        actions.clear();
        model.actions(&state, &mut actions);
        let after = |action: &M::Action| Some((*action, model.step(&state, *action)?));
        let mut afters = actions.iter().filter_map(after);
        let (action, after) = afters.find(|(_, after)| number(after) == *next)?;
        path.push(action);
        state = after;
    }
    Some((which, path))
}

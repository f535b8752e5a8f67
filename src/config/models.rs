use super::{known::dotted, load::Loader, read};
use crate::job::{ModelPatch, ModelTable, Money};

impl Loader<'_> {
    /// The known models, with what the file says of them laid over.
    pub(super) fn models(&mut self) -> ModelTable {
        let mut table = ModelTable::default();
        for name in self.document.names_in("models") {
            let patch = self.model_patch(&name);
            table.patch(&name, patch);
        }
        table
    }

    fn model_patch(&mut self, name: &str) -> ModelPatch {
        let at = |setting| ["models", name, setting];
        let numbers = |list: &Vec<u32>| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let patch = ModelPatch {
            ratios: self.take_given(&at("ratios"), read::ratios, |list| list.join(", ")),
            durations: self.take_given(&at("durations"), read::durations, numbers),
            prompt_limit: self.take_given(&at("prompt_limit"), read::length, ToString::to_string),
            prompt_required: self.take_given(&at("prompt_required"), read::truth, ToString::to_string),
            seed_max: self.take_given(&at("seed_max"), read::seed, ToString::to_string),
            price_per_second: self.take_given(&at("price_per_second"), read::money, Money::to_string),
            price_per_task: self.take_given(&at("price_per_task"), read::money, Money::to_string),
            checked: self.take_given(&at("checked"), read::day, Clone::clone),
            retired: self.take_given(&at("retired"), read::day_or_none, Clone::clone),
        };
        if patch.price_per_second.is_some() && patch.price_per_task.is_some() {
            let other = dotted(&at("price_per_second"));
            self.warn_at(
                &at("price_per_task"),
                format!("stands beside {other}, which is the one that counts"),
            );
        }
        patch
    }
}

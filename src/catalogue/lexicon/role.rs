//! What a word does in a clause, as bits of [`Entry::roles`](super::Entry::roles).

/// Never narrows.
pub const HARMLESS: u64 = 1;
/// Always narrows.
pub const NARROWING: u64 = 1 << 1;
/// 其中, 包括.
pub const SUBLIST: u64 = 1 << 2;
/// 分别为.
pub const DISTRIBUTE: u64 = 1 << 3;
/// 合计.
pub const TOTAL: u64 = 1 << 4;
/// 由, 从.
pub const FROM: u64 = 1 << 5;
/// 提高到.
pub const TO: u64 = 1 << 6;
/// 较上年.
pub const BASE: u64 = 1 << 7;
/// 增加.
pub const UP: u64 = 1 << 8;
/// 减少.
pub const DOWN: u64 = 1 << 9;
/// 占.
pub const SHARE: u64 = 1 << 10;
/// 预算.
pub const BUDGET: u64 = 1 << 11;
/// 决算, 执行.
pub const ACTUAL: u64 = 1 << 12;
/// 目标.
pub const TARGET: u64 = 1 << 13;
/// 无, 未发生.
pub const NEGATION: u64 = 1 << 14;
/// A wording of a weak term: may be left unexplained.
pub const WEAK: u64 = 1 << 15;
/// 总数, 累计达到, 现有: what there is, not what was done.
pub const STOCK: u64 = 1 << 16;
/// Speaks of money (拨付, 投资), where a bare number leaves its unit out.
pub const MONEY: u64 = 1 << 17;
/// Speaks of persons (对象, 群众), likewise.
pub const PERSONS: u64 = 1 << 18;
/// A class of things (机构, 场所): narrows its own figure, but not the members of a list under it.
pub const GENERIC: u64 = 1 << 19;
/// 开工, 完成: what was done, where nothing nearer says that it is an aim.
pub const DONE: u64 = 1 << 20;
/// 该项目: narrows whatever follows in the paragraph.
pub const SCOPE: u64 = 1 << 21;
/// 组成: ends a list of parts that 由 began.
pub const COMPOSED: u64 = 1 << 22;
/// 支出, 开支: after a budget, what was spent of it.
pub const SPENT: u64 = 1 << 23;
/// 截至目前, 已, 实有: how things stand, also where the context speaks of aims.
pub const SO_FAR: u64 = 1 << 24;
/// 过: before an amount, the limit of a group of things (过10亿元项目4个).
pub const OVER: u64 = 1 << 25;
/// 以上的: the same, behind it (500万元以上的企业12家).
pub const LIMIT: u64 = 1 << 26;
/// 局机关, 我局: the agency itself, whatever the paragraph is about.
pub const AGENCY: u64 = 1 << 27;
/// 均为: the figure is that of each thing enumerated before.
pub const EACH: u64 = 1 << 28;
/// 低于: before a figure a bound, not a difference (低于0.9‰).
pub const THAN: u64 = 1 << 29;
/// 共: after what was added, all there is (新增11处，共42处).
pub const IN_ALL: u64 = 1 << 30;
/// 等: ends a list of examples of what follows.
pub const SUCH_AS: u64 = 1 << 31;
/// 惠及: before a number of persons who have what is spoken of.
pub const BENEFIT: u64 = 1 << 32;
/// 建成: of how many there are, or of how many there are now, nobody can tell.
pub const BUILT: u64 = 1 << 33;
/// 辖, 共有: says no more than that there are so many.
pub const HAS: u64 = 1 << 35;
/// 国庆期间: narrows the rest of its sentence.
pub const OCCASION: u64 = 1 << 34;
/// 项目: with a name before it, one project and not the agency.
pub const PROJECT: u64 = 1 << 36;
/// 服务, 资助: those named behind it are some of their kind.
pub const SERVES: u64 = 1 << 37;

/// The bit of a role's name in `language.toml`.
pub fn role_bit(name: &str) -> Option<u64> {
    Some(match name {
        "sublist" => SUBLIST,
        "distribute" => DISTRIBUTE,
        "total" => TOTAL,
        "from" => FROM,
        "to" => TO,
        "base" => BASE,
        "up" => UP,
        "down" => DOWN,
        "share" => SHARE,
        "budget" => BUDGET,
        "actual" => ACTUAL,
        "target" => TARGET,
        "negation" => NEGATION,
        "stock" => STOCK,
        "money" => MONEY,
        "persons" => PERSONS,
        "generic" => GENERIC,
        "done" => DONE,
        "scope" => SCOPE,
        "composed" => COMPOSED,
        "spent" => SPENT,
        "so_far" => SO_FAR,
        "over" => OVER,
        "limit" => LIMIT,
        "agency" => AGENCY,
        "each" => EACH,
        "than" => THAN,
        "in_all" => IN_ALL,
        "such_as" => SUCH_AS,
        "benefit" => BENEFIT,
        "built" => BUILT,
        "has" => HAS,
        "project" => PROJECT,
        "serves" => SERVES,
        "occasion" => OCCASION,
        "harmless" => HARMLESS,
        "narrowing" => NARROWING,
        _ => return None,
    })
}

//! Short forms of area names, derived from the full ones.

use super::Level;

/// The peoples in the names of autonomous areas, as they are written there.
const PEOPLES: [&str; 62] = [
    "蒙古族",
    "回族",
    "藏族",
    "维吾尔族",
    "苗族",
    "彝族",
    "壮族",
    "布依族",
    "朝鲜族",
    "满族",
    "侗族",
    "瑶族",
    "白族",
    "土家族",
    "哈尼族",
    "哈萨克族",
    "傣族",
    "黎族",
    "傈僳族",
    "佤族",
    "畲族",
    "高山族",
    "拉祜族",
    "水族",
    "东乡族",
    "纳西族",
    "景颇族",
    "柯尔克孜族",
    "土族",
    "达斡尔族",
    "仫佬族",
    "羌族",
    "布朗族",
    "撒拉族",
    "毛南族",
    "仡佬族",
    "锡伯族",
    "阿昌族",
    "普米族",
    "塔吉克族",
    "怒族",
    "乌孜别克族",
    "俄罗斯族",
    "鄂温克族",
    "德昂族",
    "保安族",
    "裕固族",
    "京族",
    "塔塔尔族",
    "独龙族",
    "鄂伦春族",
    "赫哲族",
    "门巴族",
    "珞巴族",
    "基诺族",
    "各族",
    "维吾尔",
    "哈萨克",
    "蒙古",
    "柯尔克孜",
    "塔吉克",
    "锡伯",
];

/// What a name ends in, longest first.
const KINDS: [&str; 15] = [
    "特别行政区",
    "自治区",
    "自治州",
    "自治县",
    "自治旗",
    "联合旗",
    "地区",
    "林区",
    "特区",
    "新区",
    "省",
    "市",
    "州",
    "盟",
    "旗",
];

/// The name without its kind and peoples: 永年 of 永年县, 红河 of 红河哈尼族彝族自治州.
pub(super) fn stem(name: &str) -> &str {
    let mut stem = KINDS
        .iter()
        .chain(&["县", "区"])
        .find_map(|k| name.strip_suffix(k))
        .unwrap_or(name);
    if name.contains("自治") {
        while let Some(rest) = PEOPLES.iter().find_map(|p| stem.strip_suffix(p)) {
            // 鄂温克族自治旗, 东乡族自治县: the people is the name.
            if rest.is_empty() {
                break;
            }
            stem = rest;
        }
    }
    stem
}

/// Whether a short form says what kind of area it is.
pub(super) fn has_kind(name: &str) -> bool {
    name.chars().count() >= 2 && name.ends_with(['省', '市', '县', '区', '州', '盟', '旗'])
}

/// 红河州 of 红河哈尼族彝族自治州, 新平县 of 新平彝族傣族自治县.
pub(super) fn short(name: &str, level: Level) -> Option<String> {
    let kind = match level {
        Level::Province => return None,
        _ => ["自治州", "自治县", "自治旗"]
            .iter()
            .find(|k| name.ends_with(**k))?
            .chars()
            .next_back()?,
    };
    let stem = stem(name);
    (stem.chars().count() >= 2).then(|| format!("{stem}{kind}"))
}

/// 昌宁 of 昌宁县; `None` where nothing of two characters is left, or where what is left is a common word.
pub(super) fn bare(name: &str, level: Level) -> Option<&str> {
    let stem = stem(name);
    if stem.len() == name.len()
        || stem.chars().count() < 2
        || (generic(name) && level == Level::County)
    {
        return None;
    }
    Some(stem)
}

/// Bare names that are common words (互助养老, 惠民殡葬, 资源枯竭): names of places only after a larger one, or alone.
pub(super) fn common(bare: &str) -> bool {
    const COMMON: &str = "资源 合作 和平 武功 南部 解放 东方 前进 港口 公安 友好 共和 城中 友谊 平安 中方 凤凰 安定 \
        延长 光明 新兴 四方 万年 东风 红旗 光泽 城北 城东 城西 城南 城关 城口 会同 会理 会东 工农 复兴 长子 清水 高明 前锋 富裕 阳新 \
        清新 宏伟 平定 芙蓉 温泉 石门 振兴 三元 露天 大方 新华 威信 名山 平和 太和 同心 小店 市郊 西郊 东郊 南郊 北郊 \
        方正 无为 高台 灯塔 天涯 博爱 同仁 回民 江岸 桥头 安居 富民 清流 安康 安达 惠民 民和 民乐 民权 孝义 红星 和顺 \
        新民 左权 团结 兴业 互助 通道 海安 正定 开化 开放 延寿 长寿 康乐 集贤 兴文 文成 文化 文昌 天台 建设 乐业 永安 老城 \
        市北 市南 南岸 海港 大通 大安 水城 新建 利民 民主 青山 兴国 兴隆 兴安 双城 中原 西部 东部 北部 新城 向阳 朝阳 \
        建安 建华 开发 开平 开元 太平 康平 平利 永和 永福 富平 富源 新野 新源 水富 安全 保康 健康 爱民 裕民 为民 仁爱 \
        城区 郊区 山区 矿区 工业 农业 安远 定安 安宁 静安 宁静 监利 动力 安义 信义 仁和 顺平 全南 大田 大城 大厂 大名";
    COMMON.split(' ').any(|c| c == bare)
}

/// Names of districts that are common words too: they name a place only after the city they belong to.
pub(super) fn generic(name: &str) -> bool {
    matches!(
        name,
        "城区"
            | "郊区"
            | "矿区"
            | "市区"
            | "新区"
            | "东区"
            | "西区"
            | "南区"
            | "北区"
            | "新城区"
            | "老城区"
            | "城中区"
            | "城东区"
            | "城西区"
            | "城北区"
            | "新市区"
            | "港口区"
            | "港区"
            | "东郊区"
            | "西郊区"
            | "市中区"
    )
}

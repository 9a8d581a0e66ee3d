"""What a person's SQL may be made of. Everything that is not on these lists is refused."""

from __future__ import annotations

# Parts of a statement, as DuckDB's parser calls them.
NODES = frozenset(
    """
    ARRAY_CONSTRUCTOR ARRAY_EXTRACT ARRAY_SLICE ASCENDING BASE_TABLE CASE_EXPR COLLATE COLUMN_REF COMPARE_BETWEEN
    COMPARE_DISTINCT_FROM COMPARE_EQUAL COMPARE_GREATERTHAN COMPARE_GREATERTHANOREQUALTO COMPARE_IN COMPARE_LESSTHAN
    COMPARE_LESSTHANOREQUALTO COMPARE_NOTEQUAL COMPARE_NOT_BETWEEN COMPARE_NOT_DISTINCT_FROM COMPARE_NOT_IN
    CONJUNCTION_AND CONJUNCTION_OR CTE_NODE DESCENDING DISTINCT_MODIFIER EMPTY EXPRESSION_LIST FUNCTION
    GROUPING_FUNCTION JOIN LAMBDA LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER OPERATOR_CAST OPERATOR_COALESCE
    OPERATOR_IS_NOT_NULL OPERATOR_IS_NULL OPERATOR_NOT OPERATOR_NULLIF OPERATOR_TRY ORDER_ASCENDING ORDER_DEFAULT
    ORDER_DESCENDING ORDER_MODIFIER POSITIONAL_REFERENCE SELECT_NODE SET_OPERATION_NODE STAR STRUCT_EXTRACT SUBQUERY
    TYPE VALUE_CONSTANT WINDOW_AGGREGATE WINDOW_CUME_DIST WINDOW_FILL WINDOW_FIRST_VALUE WINDOW_LAG
    WINDOW_LAST_VALUE WINDOW_LEAD WINDOW_NTH_VALUE WINDOW_NTILE WINDOW_PERCENT_RANK WINDOW_RANK WINDOW_RANK_DENSE
    WINDOW_ROW_NUMBER
    """.split()  # noqa: SIM905  # a list of names is read as prose
)

# Functions and operators that read nothing but their arguments.
FUNCTIONS = frozenset(
    """
    ! != !~~ !~~* % & * ** + - -> ->> / // < << <= <> = > >= >> @ [] ^ ^@ abs acos add age and any_value
    approx_count_distinct approx_quantile arg_max arg_min array_agg array_contains array_extract array_filter
    array_length array_slice array_to_string array_transform array_value ascii asin atan atan2 avg bar base64 bin
    bit_and bit_length bit_or bit_xor bool_and bool_or cardinality cbrt ceil ceiling century char_length
    character_length chr coalesce concat concat_ws contains corr cos count count_if count_star covar_pop covar_samp
    cume_dist current_date damerau_levenshtein date_add date_diff date_part date_sub date_trunc datediff datepart
    datesub datetrunc day dayname dayofmonth dayofweek dayofyear decade degrees dense_rank divide editdist3
    element_at ends_with entropy epoch epoch_ms epoch_ns epoch_us equi_width_bins era even exp extract factorial
    fdiv first first_value flatten floor format fsum gcd generate_series geomean geometric_mean greatest
    group_concat grouping grouping_id hamming hash hex histogram hour if ifnull ilike_escape initcap instr isfinite
    isinf isnan isodow isoyear jaccard jaro_similarity jaro_winkler_similarity json_array_length json_extract
    json_extract_string json_keys json_type json_valid julian kahan_sum kurtosis lag last last_day last_value lcase
    lcm lead least left len length levenshtein like_escape list list_aggr list_aggregate list_any_value list_append
    list_apply list_avg list_cat list_concat list_contains list_count list_distinct list_element list_extract
    list_filter list_first list_has list_has_all list_has_any list_indexof list_intersect list_last list_max
    list_median list_min list_pack list_position list_prepend list_product list_reduce list_reverse_sort list_select
    list_slice list_sort list_sum list_transform list_unique list_value list_where list_zip listagg ln log log10
    log2 lower lpad ltrim mad make_date make_time make_timestamp map map_entries map_extract map_from_entries
    map_keys map_values max max_by md5 mean median microsecond millisecond min min_by minute mod mode month
    monthname multiply nfc_normalize not not_ilike_escape not_like_escape nth_value ntile nullif octet_length or ord
    percent_rank pi position pow power prefix printf product quantile quantile_cont quantile_disc quarter radians
    range rank regexp_extract regexp_extract_all regexp_full_match regexp_matches regexp_replace
    regexp_split_to_array regr_count regr_intercept regr_r2 regr_slope replace reverse right round round_even row
    row_number rpad rtrim second sha256 sign sin skewness split split_part sqrt starts_with stddev stddev_pop
    stddev_samp str_split strftime string_agg string_split string_to_array strip_accents strlen strpos strptime
    struct_extract struct_insert struct_pack substr substring subtract suffix sum sum_no_overflow tan time_bucket
    timezone to_base to_days to_hours to_minutes to_months to_seconds to_weeks to_years today translate trim trunc
    try_cast try_strptime typeof ucase unhex unicode unnest upper var_pop var_samp variance week weekday weekofyear
    width_bucket year yearweek | || ~ ~~ ~~* ~~~
    """.split()  # noqa: SIM905  # a list of names is read as prose
)

# Functions that stand where a table stands.
TABLE_FUNCTIONS = frozenset(
    """
    generate_series range unnest
    """.split()  # noqa: SIM905  # a list of names is read as prose
)

# Types of a cast.
TYPES = frozenset(
    """
    ARRAY BIGINT BOOL BOOLEAN CHAR DATE DECIMAL DOUBLE FLOAT FLOAT4 FLOAT8 HUGEINT INT INT2 INT4 INT8 INTEGER
    INTERVAL JSON LIST LONG MAP NULL NUMERIC REAL SHORT SIGNED SMALLINT STRING STRUCT TEXT TIME TIMESTAMP
    TIMESTAMPTZ TIMESTAMP_MS TIMESTAMP_NS TIMESTAMP_S TIMESTAMP_TZ TINYINT UBIGINT UINTEGER UNION USMALLINT UTINYINT
    VARCHAR
    """.split()  # noqa: SIM905  # a list of names is read as prose
)

# Collations.
COLLATIONS = frozenset(
    """
    binary c en kk nfc noaccent nocase ru
    """.split()  # noqa: SIM905  # a list of names is read as prose
)

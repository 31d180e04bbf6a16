/**
 * Functions that confined SQL may call: a positive list, so that what a newer DuckDB adds stays out until someone has looked at it.
 * Left out on purpose: everything that reads files, tables, settings, variables, the clock or chance; `query`, `query_table` and the
 * other functions that turn text into SQL; and those that make megabytes out of a number (repeat, range, lpad, printf, list_resize).
 */
const words = (text: string): readonly string[] => text.trim().split(/\s+/)

const operators = [
  '+',
  '-',
  '*',
  '/',
  '//',
  '%',
  '^',
  '**',
  '&',
  '|',
  '<<',
  '>>',
  '~',
  '||',
  '&&',
  '@',
  '@>',
  '<@',
  '^@',
  '->',
  '->>',
  '<->',
  '<=>',
  '!~~',
  '!~~*',
  '~~',
  '~~*',
  '~~~',
  '!__postfix',
]

const texts = words(`
  ascii base64 bit_length char_length character_length chr concat concat_ws contains damerau_levenshtein decode editdist3 encode ends_with
  from_base64 from_hex hamming hex ilike_escape instr jaccard jaro_similarity jaro_winkler_similarity lcase left left_grapheme length
  length_grapheme levenshtein like_escape lower ltrim md5 mismatches nfc_normalize not_ilike_escape not_like_escape octet_length ord
  parse_dirname parse_dirpath parse_filename parse_path position prefix regexp_escape regexp_extract regexp_extract_all
  regexp_full_match regexp_matches regexp_replace regexp_split_to_array replace reverse right right_grapheme rtrim sha1 sha256 split
  split_part starts_with str_split str_split_regex string_split string_split_regex string_to_array strip_accents strlen strpos substr
  substring substring_grapheme suffix to_base64 to_hex translate trim ucase unhex unicode upper url_decode url_encode`)

const numbers = words(`
  abs acos acosh add asin asinh atan atan2 atanh bin bit_count cbrt ceil ceiling cos cosh cot degrees divide even exp factorial fdiv
  floor fmod gcd greatest_common_divisor isfinite isinf isnan lcm least_common_multiple ln log log10 log2 mod multiply nextafter pi
  pow power radians round round_even sign signbit sin sinh sqrt subtract tan tanh trunc xor`)

const times = words(`
  century date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek
  dayofyear days_in_month decade epoch epoch_ms epoch_ns epoch_us era hour isodow isoyear julian last_day make_date make_time make_timestamp
  make_timestamp_ms make_timestamp_ns make_timestamptz microsecond millennium millisecond minute month monthname nanosecond quarter second
  strftime strptime time_bucket timezone timezone_hour timezone_minute to_centuries to_days to_decades to_hours to_microseconds
  to_millennia to_milliseconds to_minutes to_months to_quarters to_seconds to_timestamp to_weeks to_years try_strptime week weekday
  weekofyear year yearweek`)

const nested = words(`
  array_aggr array_aggregate array_append array_apply array_cat array_concat array_contains array_distinct array_extract array_filter
  array_has array_has_all array_has_any array_indexof array_intersect array_length array_position array_prepend array_reduce
  array_reverse array_reverse_sort array_select array_slice array_sort array_to_json array_to_string array_transform array_unique
  array_value array_where array_zip cardinality element_at filter flatten from_json from_json_strict json json_array json_array_length
  json_contains json_exists json_extract json_extract_path json_extract_path_text json_extract_string json_keys json_merge_patch
  json_object json_quote json_structure json_transform json_transform_strict json_type json_valid json_value len list_aggr
  list_aggregate list_any_value list_append list_apply list_avg list_bool_and list_bool_or list_cat list_concat list_contains
  list_count list_distinct list_element list_extract list_filter list_first list_has list_has_all list_has_any list_indexof
  list_intersect list_last list_max list_median list_min list_pack list_position list_prepend list_reduce list_reverse
  list_reverse_sort list_select list_slice list_sort list_sum list_transform list_unique list_value list_where list_zip map
  map_concat map_contains map_entries map_extract map_extract_value map_from_entries map_keys map_values row row_to_json struct_concat
  struct_extract struct_extract_at struct_insert struct_keys struct_pack struct_update struct_values to_json unnest`)

const choices = words(`coalesce enum_code greatest hash ifnull least nullif constant_or_null switch typeof`)

const aggregates = words(`
  any_value approx_count_distinct approx_quantile arbitrary arg_max arg_max_null arg_min arg_min_null argmax argmin array_agg avg bit_and
  bit_or bit_xor bool_and bool_or corr count count_if count_star countif covar_pop covar_samp cume_dist dense_rank entropy favg first
  first_value fsum geomean group_concat histogram json_group_array json_group_object kahan_sum kurtosis lag last last_value lead list
  listagg mad max max_by mean median min min_by mode nth_value ntile percent_rank product quantile quantile_cont quantile_disc rank
  rank_dense regr_slope regr_intercept regr_r2 regr_count row_number sem skewness stddev stddev_pop stddev_samp string_agg sum sumkahan
  sum_no_overflow var_pop var_samp variance weighted_avg wavg`)

export const allowedFunctions: ReadonlySet<string> = new Set([
  ...operators,
  ...texts,
  ...numbers,
  ...times,
  ...nested,
  ...choices,
  ...aggregates,
])

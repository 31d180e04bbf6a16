import { z } from 'zod'
import { allUnused, describe, flag, list, secretText, text, unused, whole } from './option-fields.ts'
import { documentKeys, embeddingKeys, groupingKeys } from './file-document-options.ts'
import { ownS3Keys, ownSourceKeys } from './own-keys.ts'

/*
 * Config keys that every file store shares, in the spelling of the public API (`start.cron` is one flat key). A file
 * connector spreads the groups it needs into its own `z.strictObject`. Keys that are documented publicly are all
 * declared, so none of them is reported as unknown. "(default x)" in a description is applied by the format that reads the
 * key, because the right value depends on what is found in the file; `.default()` is applied here.
 */

/** Names of parsers on the wire, as `advanced_settings` spells them. */
export const parserNames = [
  'Auto Detect',
  'Custom Text Format',
  'XML',
  'JSON',
  'EDI',
  'Log File',
  'ORC',
  'AVRO',
  'Parquet',
  'Excel',
  'Fixed Width',
  'PDF',
  'Unstructured',
  'SWIFT',
  'Raw File Data',
] as const

/** `file_format` of a source. The engine says which of them this version can read. */
export const sourceFormats = [
  'json',
  'jsonl',
  'ndjson',
  'csv',
  'tsv',
  'delimited',
  'parquet',
  'xml',
  'xlsx',
  'excel',
  'edi',
  'log',
  'orc',
  'avro',
  'fw',
  'fixed_width',
  'pdf',
  'unstructured',
  'swift',
  'raw',
] as const

/** `data_format` of a file sink. `json` is JSON lines. */
export const sinkFormats = ['csv', 'tsv', 'json', 'xml', 'xlsx', 'edi', 'avro', 'parquet', 'orc', 'fw'] as const

const headerModes = ['header', 'generated'] as const
const wholeFileModes = ['row', 'entire.file'] as const

/** S-CRON. Unix (5 fields) or Quartz (6 or 7 fields), UTC. */
export const cronField = {
  'start.cron': text(
    'Schedule',
    'Cron expression in UTC: 5 fields (Unix) or 6 to 7 fields (Quartz, seconds first). Absent: runs when asked to',
  ).optional(),
} as const

/** Which files are read: keys of S-FILE that concern the store, not the content. */
export const fileSelectionFields = {
  path: text('Path', 'Folder to scan, from the root that the credential can see; for buckets `bucket/prefix`'),
  'ignore.files.older.than.ms': whole(
    'Ignore files older than',
    'Epoch milliseconds: files that were last changed before are skipped',
  ).optional(),
  path_exclusions: flag(
    'Use path patterns',
    'Declared by clients that give path patterns; the patterns count whenever they are given, unless this is false',
  ).optional(),
  'whitelist.pathmatchers': text(
    'Only these paths',
    'Ant patterns from the root of the credential, separated by commas (`bucket/raw/**/*.json`)',
  ).optional(),
  'blacklist.pathmatchers': text(
    'Not these paths',
    'Ant patterns from the root of the credential, separated by commas',
  ).optional(),
  timezone: text('Time zone', 'For date macros in the path; UTC unless given').optional(),
} as const

/** How the content is read: formats that this version parses, and the choice between all of them. */
export const fileContentFields = {
  file_format: describe(
    z.enum(sourceFormats),
    'Format',
    'Short for advanced_settings and overriden.extensions. Absent: by extension, then by content',
  ).optional(),
  advanced_settings: describe(
    z.enum(parserNames),
    'Parser',
    'Auto Detect goes by extension, then by content',
  ).optional(),
  'overriden.extensions': describe(
    z
      .string()
      .regex(
        /^(\*|\.?[\w-]+):(txt|csv|tsv|xml|json|edi|log|orc|avro|parquet|xlsx|fw|pdf|unstructured|swift|raw)(,\S+)*$/,
        'expected extension:parser, such as *:json or dat:txt',
      ),
    'Parser by extension',
    'Forces a parser: `*:txt`, `*:json`, `*:parquet` …',
  ).optional(),
  'csv.delimiter': z
    .string()
    .optional()
    .meta({ title: 'Delimiter', description: 'Between fields; `\\t` for a tab (default by extension, else a comma)' }),
  'csv.quote.char': z
    .string()
    .optional()
    .meta({ title: 'Quote character', description: 'Around fields; empty: none (default ")' }),
  'csv.escape.char': z.string().optional().meta({
    title: 'Escape character',
    description: 'Before a quote character; empty: a backslash is an ordinary character (default \\)',
  }),
  'csv.schema.detection': describe(
    z.enum(headerModes),
    'Column names',
    'header: from the first line; generated: attribute1, attribute2 … (default header)',
  ).optional(),
  'csv.skip.first.lines': whole('Skip first lines', 'Lines before the header (default 0)').optional(),
  'json.mode': describe(
    z.enum(wholeFileModes),
    'JSON mode',
    'row: one record per line; entire.file: one document (default by content)',
  ).optional(),
  'json.path': text('JSON path', 'JSONPath of the records in a document').optional(),
  'json.path.additional': text(
    'Additional JSON path',
    'JSONPath of values that are copied into every record',
  ).optional(),
  'schema.detection.once': flag(
    'One nexset',
    'All files go into one nexset, whatever their shape (default false)',
  ).optional(),
} as const

/** S-FILE in full, for the `options` of a file source. */
export const fileSourceFields = {
  ...cronField,
  ...fileSelectionFields,
  ...fileContentFields,
  ...documentKeys,
  ...embeddingKeys,
  ...groupingKeys,
  ...ownSourceKeys,
  source_type: text('Source type', 'Repeated by some clients; has no effect').optional(),
} as const

export const fileSourceOptions = z.strictObject(fileSourceFields)

/** Other spellings of S-FILE keys. Patterns from `file_pattern` match at any depth below the path. */
export const fileSourceAliases = {
  start_cron: 'start.cron',
  'bucket+prefix?': 'path',
  'path?+**+file_pattern': 'whitelist.pathmatchers',
  enforce_single_schema: 'schema.detection.once',
  schema_detection_once: 'schema.detection.once',
  'overridden.extensions': 'overriden.extensions',
} as const

const sinkMapping = z.strictObject({
  mode: describe(z.enum(['auto', 'manual']), 'Mode', 'auto: every attribute under its own name').default('auto'),
  mapping: describe(
    z.record(z.string(), z.array(z.string())),
    'Columns',
    'Attribute -> columns, for manual',
  ).optional(),
  fields_order: list('Order', 'Order of the columns, for manual').optional(),
  header_template: text(
    'Header',
    'Of csv and tsv: lines at the beginning of each file, instead of the column names; {now} is the time of its first records',
  ).optional(),
  tracker_mode: describe(
    z.enum(['NONE', 'RECORD']),
    'Tracker',
    'RECORD: adds a column that says where the record came from',
  ).default('NONE'),
  tracker_name: text('Tracker column', 'Name of the tracker column, for RECORD').optional(),
})

/** How the files of a sink are written, beside where. */
export const fileEncodingFields = {
  data_format: describe(z.enum(sinkFormats), 'Format', 'json is one record per line'),
  file_compression: describe(
    z.enum(['none', 'snappy', 'zstd', 'gzip']),
    'Compression',
    'Of Parquet pages, or of the whole file for text formats (default snappy for Parquet, else none)',
  ).optional(),
  'csv.delimiter': z
    .string()
    .length(1)
    .optional()
    .meta({ title: 'Delimiter', description: 'Between fields of csv (default a comma)' }),
  'csv.quote.char': z
    .string()
    .length(1)
    .optional()
    .meta({ title: 'Quote character', description: 'Around fields of csv and tsv that need it (default ")' }),
  'csv.escape.char': z
    .string()
    .length(1)
    .optional()
    .meta({ title: 'Escape character', description: 'Before a quote character (default the quote character itself)' }),
  'max.file.size.mb': describe(
    z.number().positive().max(1_048_576),
    'Largest file (MB)',
    'A file that reaches this size is closed and the next one begins',
  ).default(4096),
  'output.dir.name.pattern': z.string().default('{YYYY}/{MM}/{dd}').meta({
    title: 'Subfolders',
    description: 'Date macros {YYYY} {MM} {dd} {HH} {mm}; `{record.<attribute>}` splits by value; empty: none',
  }),
  'file.name.prefix': describe(
    z.string().regex(/^[^/\\\0]*$/, 'a file name has no slash in it'),
    'File name prefix',
    'The name is prefix-nexset-range',
  ).optional(),
  'xml.root': unused(
    text('XML root', 'Name of the root element (default root)').optional(),
    'XML files are not written by this version',
  ),
  'orc.compress': unused(
    describe(z.enum(['none', 'zlib', 'snappy', 'lzo', 'lz4']), 'ORC compression', '(default zlib)').optional(),
    'ORC files are not written by this version',
  ),
  'write.header': flag('Write a header', 'First line with column names (default true)').optional(),
  ...allUnused(
    {
      'field.lengths': text('Field widths', 'Widths in characters for fw, separated by commas').optional(),
      'padding.character': z.string().optional().meta({ title: 'Padding', description: 'For fw (default a space)' }),
      'line.separator': z.string().optional().meta({ title: 'Line separator', description: 'For fw (default \\n)' }),
    } as const,
    'fixed-width files are not written by this version',
  ),
  mapping: sinkMapping.optional().meta({
    title: 'Mapping',
    description: 'Which attribute goes into which column; absent: every attribute under its own name',
  }),
} as const

/** K-FILE in full, for the `options` of a file sink. */
export const fileSinkFields = {
  path: text('Path', 'Folder to write into, from the root that the credential can see; for buckets `bucket/prefix`'),
  ...fileEncodingFields,
  sink_type: text('Sink type', 'Repeated by some clients; has no effect').optional(),
} as const

export const fileSinkOptions = z.strictObject(fileSinkFields)

/** Other spellings of K-FILE keys. */
export const fileSinkAliases = {
  file_format: 'data_format',
  compression: 'file_compression',
  'bucket+prefix?': 'path',
} as const

/** C-S3: Amazon S3 and what is built on it. All optional: which are needed depends on `s3_auth_type`. */
export const s3CredentialFields = {
  s3_auth_type: describe(
    z.enum(['Access Key', 'ARN', 'Instance Role']),
    'Login with',
    '(default Access Key when a key is given, ARN when an arn is, else Instance Role)',
  ).optional(),
  access_key: text('Access key', 'For Access Key').optional(),
  secret_key: secretText('Secret key', 'For Access Key').optional(),
  session_token: secretText('Session token', 'Of a temporary access key').optional(),
  arn: text('Role', 'IAM ARN of the role to take on').optional(),
  external_id: text('External id', 'Asked for by the role').optional(),
  region: text('Region', 'Of the buckets').default('us-east-1'),
  'test.path': text('Test path', 'bucket or bucket/folder that the key is limited to').optional(),
  has_client_encryption: flag('Client-side encryption', 'With a KMS key (default false)').optional(),
  ...allUnused(
    {
      encryption_mode: describe(
        z.enum(['EncryptionOnly', 'AuthenticatedEncryption', 'StrictAuthenticatedEncryption']),
        'Encryption mode',
        'For client-side encryption',
      ).optional(),
      kms_key: text('KMS key', 'For client-side encryption').optional(),
    } as const,
    'files are not encrypted on this side by this version',
  ),
  'sse.enabled': flag('Server-side encryption', 'Of written files (default false)').optional(),
  'sse.kms_key.arn': z
    .string()
    .optional()
    .meta({ title: 'KMS key of the server', description: 'Blank: keys managed by S3' }),
  credentials_type: text('Credentials type', 'Repeated by some clients; has no effect').optional(),
  ...ownS3Keys,
} as const

/** Other spellings of C-S3 keys. */
export const s3CredentialAliases = {
  access_key_id: 'access_key',
  secret_access_key: 'secret_key',
  aws_access_key_id: 'access_key',
  aws_secret_access_key: 'secret_key',
  endpoint_url: 'endpoint',
} as const

/** C-PGP: files that are encrypted for us or by us. */
export const pgpCredentialFields = {
  file_encryption_enabled: flag('File encryption', 'Decrypt on read, encrypt on write (default false)').optional(),
  ...allUnused(
    {
      'encrypt.standard': describe(z.enum(['pgp']), 'Encryption standard', 'Only pgp').optional(),
      'external.user.id': text('Id of the other side', 'User id of their key').optional(),
      'external.public.key': text('Public key of the other side', 'Armoured').optional(),
      'encrypt.user.id': text('Own id', 'User id of our key').optional(),
      'encrypt.private.password': secretText('Passphrase', 'Of our private key').optional(),
      'encrypt.private.key': secretText('Private key', 'Ours, armoured').optional(),
    } as const,
    'files are not encrypted and decrypted by this version',
  ),
} as const

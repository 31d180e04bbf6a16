/*
 * What each key of a file source and of a file destination does, as one small flow each; a key of the specs without a row fails. Where another test
 * shows it better, the row names that test, which must name the key.
 */

export interface SourceRow {
  readonly keys: readonly string[]
  /** Below the source's own folder: name -> content. */
  readonly files: Readonly<Record<string, string>>
  readonly config: Readonly<Record<string, unknown>>
  /** Records of each nexset, in the order of files; `id` alone where a row gives texts. */
  readonly nexsets: readonly (readonly unknown[])[]
  readonly refused?: number
}

export interface SinkRow {
  readonly keys: readonly string[]
  readonly config: Readonly<Record<string, unknown>>
  /** Name -> content; for Parquet, the first bytes. Positions and date are left out of names. */
  readonly files: Readonly<Record<string, string>>
}

const two = { 'a.json': '{"id":1}\n', 'b.json': '{"id":2}\n' }
const csv = 'id,s\n1,x\n'
const one = [[{ id: 1, s: 'x' }]]
const xml = '<all batch="7"><a><id>1</id></a><b><id>2</id></b></all>'

export const sourceRows: readonly SourceRow[] = [
  { keys: ['path'], files: two, config: {}, nexsets: [[{ id: 1 }, { id: 2 }]] },
  { keys: ['file_format'], files: { 'a.json': csv }, config: { file_format: 'csv' }, nexsets: one },
  {
    keys: ['advanced_settings'],
    files: { 'a.json': csv },
    config: { advanced_settings: 'Custom Text Format' },
    nexsets: one,
  },
  {
    keys: ['overriden.extensions', 'overridden.extensions'],
    files: { 'a.csv': '{"id":1}\n' },
    config: { 'overridden.extensions': 'csv:json' },
    nexsets: [[{ id: 1 }]],
  },
  { keys: ['csv.delimiter'], files: { 'a.csv': 'id^s\n1^x\n' }, config: { 'csv.delimiter': '^' }, nexsets: one },
  {
    keys: ['csv.quote.char'],
    files: { 'a.csv': "id,s\n1,'x,y'\n" },
    config: { 'csv.quote.char': "'" },
    nexsets: [[{ id: 1, s: 'x,y' }]],
  },
  {
    keys: ['csv.escape.char'],
    files: { 'a.csv': 'id,s\n1,"x!"y"\n' },
    config: { 'csv.escape.char': '!' },
    nexsets: [[{ id: 1, s: 'x"y' }]],
  },
  {
    keys: ['csv.escape.char'],
    files: { 'a.csv': 'id,s\n1,"x\\"\n2,"y"\n' },
    config: { 'csv.escape.char': '' },
    nexsets: [
      [
        { id: 1, s: 'x\\' },
        { id: 2, s: 'y' },
      ],
    ],
  },
  {
    keys: ['csv.schema.detection'],
    files: { 'a.csv': '1,x\n' },
    config: { 'csv.schema.detection': 'generated' },
    nexsets: [[{ attribute1: 1, attribute2: 'x' }]],
  },
  {
    keys: ['csv.skip.first.lines'],
    files: { 'a.csv': `made by hand\n${csv}` },
    config: { 'csv.skip.first.lines': '1' },
    nexsets: one,
  },
  {
    keys: ['json.mode'],
    files: { 'a.json': '{"id":1}\n{"id":\n2}\n' },
    config: { 'json.mode': 'entire.file' },
    nexsets: [[{ id: 1 }, { id: 2 }]],
  },
  {
    keys: ['json.mode'],
    files: { 'a.json': '{"id":1}\n{"id":\n2}\n' },
    config: { 'json.mode': 'row' },
    nexsets: [[{ id: 1 }]],
    refused: 2,
  },
  {
    keys: ['json.path', 'json.path.additional'],
    files: { 'a.json': '{"batch":"b","list":[{"id":1},{"id":2}]}' },
    config: { 'json.mode': 'entire.file', 'json.path': '$.list[*]', 'json.path.additional': '$.batch' },
    nexsets: [
      [
        { id: 1, batch: 'b' },
        { id: 2, batch: 'b' },
      ],
    ],
  },
  {
    keys: ['xml.mode', 'xml.xpath', 'xml.xpath.additional'],
    files: { 'a.xml': xml },
    config: { 'xml.mode': 'entire.file', 'xml.xpath': '/all/b', 'xml.xpath.additional': '/all/@batch' },
    nexsets: [[{ id: 2, batch: 7 }]],
  },
  {
    keys: ['scalar.coercion'],
    files: { 'a.xml': xml },
    config: { 'scalar.coercion': false, 'xml.xpath': '/all/a' },
    nexsets: [[{ id: '1' }]],
  },
  {
    keys: ['schema.detection.once', 'schema_detection_once', 'enforce_single_schema'],
    files: { 'a.json': '{"id":1}\n', 'b.csv': 'x,y,z\n1,2,3\n' },
    config: { enforce_single_schema: true },
    nexsets: [
      [
        { id: 1, x: null, y: null, z: null },
        { id: null, x: 1, y: 2, z: 3 },
      ],
    ],
  },
  {
    keys: ['schema.detection.once'],
    files: { 'a.json': '{"id":1}\n', 'b.csv': 'x,y,z\n1,2,3\n' },
    config: {},
    nexsets: [[{ id: 1 }], [{ x: 1, y: 2, z: 3 }]],
  },
  {
    keys: ['whitelist.pathmatchers', 'blacklist.pathmatchers'],
    files: { ...two, 'c.json': '{"id":3}\n' },
    config: { 'whitelist.pathmatchers': '{a,b,c}.json,a.json,b.json', 'blacklist.pathmatchers': 'b.*' },
    nexsets: [[{ id: 1 }]],
  },
  {
    keys: ['path_exclusions'],
    files: two,
    config: { path_exclusions: false, 'blacklist.pathmatchers': '**' },
    nexsets: [[{ id: 1 }, { id: 2 }]],
  },
  { keys: ['source_type'], files: two, config: { source_type: 'local_file' }, nexsets: [[{ id: 1 }, { id: 2 }]] },
]

/** Keys that an own flow would show worse: the test that shows them. */
export const shownElsewhere: Readonly<Record<string, string>> = {
  'start.cron': 'packages/control-plane/test/api-resources.test.ts',
  start_cron: 'packages/control-plane/test/api-resources.test.ts',
  'ignore.files.older.than.ms': 'packages/connector-kit/src/files/file-selection.test.ts',
  timezone: 'connectors/local-file/test/local-file.test.ts',
  'schema.drift.policy': 'packages/engine/test/schema.test.ts',
  stable_after_ms: 'connectors/local-file/test/local-file.test.ts',
  'max.file.size.mb': 'packages/engine/test/deliver.test.ts',
  'bucket+prefix?': 'packages/connector-kit/src/config.test.ts',
  'path?+**+file_pattern': 'packages/connector-kit/src/config.test.ts',
}

/** Switches that would change the records: refused when they are on. */
export const offSwitches: readonly string[] = ['allowGrouping', 'post.processor', 'ai.function']

const name = (extension: string, prefix = 'nexset') => `DATE/${prefix}.${extension}`
const lines = '{"id":1,"s":"x, y"}\n{"id":2,"s":null}\n'

export const sinkRows: readonly SinkRow[] = [
  { keys: ['path', 'data_format'], config: { data_format: 'json' }, files: { [name('json')]: lines } },
  { keys: ['file_format'], config: { file_format: 'tsv' }, files: { [name('tsv')]: 'id\ts\n1\tx, y\n2\t\n' } },
  { keys: ['data_format'], config: { data_format: 'csv' }, files: { [name('csv')]: 'id,s\n1,"x, y"\n2,\n' } },
  { keys: ['data_format'], config: { data_format: 'parquet' }, files: { [name('parquet')]: 'PAR1' } },
  {
    keys: ['file_compression', 'compression'],
    config: { data_format: 'json', compression: 'gzip' },
    files: { [name('json.gz')]: `gzip of ${lines}` },
  },
  {
    keys: ['csv.delimiter', 'csv.quote.char', 'csv.escape.char'],
    config: { data_format: 'csv', 'csv.delimiter': ' ', 'csv.quote.char': "'", 'csv.escape.char': '!' },
    files: { [name('csv')]: "id s\n1 'x, y'\n2 \n" },
  },
  {
    keys: ['write.header'],
    config: { data_format: 'csv', 'write.header': false },
    files: { [name('csv')]: '1,"x, y"\n2,\n' },
  },
  {
    keys: ['output.dir.name.pattern', 'file.name.prefix', 'sink_type'],
    config: {
      data_format: 'json',
      'output.dir.name.pattern': 'n{record.id}',
      'file.name.prefix': 'mine',
      sink_type: 'local_file',
    },
    files: { 'n1/mine.json': '{"id":1,"s":"x, y"}\n', 'n2/mine.json': '{"id":2,"s":null}\n' },
  },
  {
    keys: ['mapping'],
    config: {
      data_format: 'csv',
      mapping: { mode: 'manual', mapping: { s: ['text'], id: ['n', 'm'] }, fields_order: ['m', 'n'] },
    },
    files: { [name('csv')]: 'm,n,text\n1,1,"x, y"\n2,2,\n' },
  },
  {
    keys: ['mapping'],
    config: { data_format: 'csv', mapping: { mode: 'auto', header_template: '# made {now}\\nnumber,text' } },
    files: { [name('csv')]: '# made TIME\nnumber,text\n1,"x, y"\n2,\n' },
  },
  {
    keys: ['mapping'],
    config: { data_format: 'json', mapping: { mode: 'auto', tracker_mode: 'RECORD', tracker_name: 'from' } },
    files: { [name('json')]: lines.replaceAll('}', ',"from":"HASH"}') },
  },
]

import type { Batch, Connector, Json, JsonObject, ObjectPart, Part, Schema, Writer } from '@leat/connector-kit'
import { spaceOf } from '../src/index.ts'
import { asCsvTable } from './csv-table.ts'
import { map, mutant, type Mutant } from './mutate.ts'

/** Defects of values and of schemas: laws 11, 12 and 23. */
export const valueMutants: readonly Mutant[] = [
  { law: 11, defect: 'long numbers that pass a double', connector: changing(rounded) },
  { law: 11, defect: 'an empty text that becomes null', connector: changing((value) => (value === '' ? null : value)) },
  { law: 11, defect: 'a null that becomes an empty text', connector: changing((value) => value ?? '') },
  { law: 11, defect: 'times that pass a Date and lose their microseconds', connector: changing(throughDate) },
  { law: 11, defect: 'naive times that become instants', connector: changing(asInstant) },
  { law: 11, defect: 'NaN that becomes null', connector: changing((value) => (value === 'NaN' ? null : value)) },
  { law: 11, defect: 'texts that are trimmed', connector: changing((value) => text(value, (it) => it.trim())) },
  {
    law: 11,
    defect: 'a text that is cut at a NUL',
    connector: changing((value) => text(value, (it) => it.split('\0')[0]!)),
  },
  {
    law: 11,
    defect: 'a value that is refused in silence',
    connector: mutant({
      writer: (inner) => ({ write: (batch) => inner.write(rowsOf(batch, (rows) => rows.slice(1))) }),
    }),
  },
  {
    law: 11,
    defect: 'CSV in which an empty text reads as null',
    csv: true,
    connector: asCsvTable(changing((value) => (value === '' ? null : value))),
  },
  {
    law: 11,
    defect: 'a file that was taken for Latin-1',
    sink: { data_format: 'parquet' },
    connector: mutant({ writer: (inner) => ({ write: (batch) => inner.write(recoded(batch)) }) }),
  },
  { law: 12, defect: 'columns of the first schema only', connector: withFirstSchema() },
  {
    law: 12,
    defect: 'a table that is made again when the schema changes',
    connector: mutant({
      connection: (inner, credentials) => ({
        openWriter: async (request) => {
          await emptyUnlessSame(credentials, request.schema)
          return await inner.openWriter!(request)
        },
      }),
    }),
  },
  {
    law: 12,
    defect: 'a widened column that is still cut to the old type',
    connector: changing((value) => text(value, (it) => (/^\d{11,}\.\d+$/.test(it) ? '2147483647' : it))),
  },
  {
    law: 12,
    defect: 'a token that only a writer with its own schema can commit',
    connector: mutant({
      connection: (inner) => ({
        openWriter: async (request) => boundToSchema(await inner.openWriter!(request), request.schema),
      }),
    }),
  },
  {
    law: 23,
    defect: 'objects that pass a string',
    connector: mutant({ part: (inner) => ({ open: (request) => asText((inner as ObjectPart).open(request)) }) }),
  },
  {
    law: 23,
    defect: 'read rows whose long numbers pass a double',
    source: { deliver_as: 'rows' },
    connector: reading(rounded),
  },
  {
    law: 23,
    defect: 'read rows whose empty texts are null',
    source: { deliver_as: 'rows' },
    connector: reading((value) => (value === '' ? null : value)),
  },
  {
    law: 23,
    defect: 'a row that is read twice',
    source: { deliver_as: 'rows' },
    connector: mutant({
      part: (inner) => ({ rows: inner.kind === 'rows' ? [inner.rows[0]!, ...inner.rows] : [] }) as never,
    }),
  },
]

type Change = (value: Json) => Json

function text(value: Json, change: (it: string) => string): Json {
  return typeof value === 'string' ? change(value) : value
}

function rounded(value: Json): Json {
  return text(value, (it) => (/^-?\d+$/.test(it) ? BigInt(Number(it)).toString() : it))
}

function throughDate(value: Json): Json {
  return text(value, (it) => (/T.*\.\d{6}Z$/.test(it) ? new Date(it).toISOString() : it))
}

function asInstant(value: Json): Json {
  return text(value, (it) => (/^\d{4}-\d\d-\d\dT[\d:.]+$/.test(it) ? `${it}Z` : it))
}

function rowsOf(batch: Batch, change: (rows: readonly JsonObject[]) => readonly JsonObject[]): Batch {
  return batch.kind === 'rows' ? { ...batch, rows: change(batch.rows) } : batch
}

function each(row: JsonObject, change: Change): JsonObject {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, name === 'id' ? value : change(value)]))
}

/** A destination that changes values on the way. */
function changing(change: Change): Connector {
  const write = (inner: Writer) => (batch: Batch) =>
    inner.write(rowsOf(batch, (rows) => rows.map((row) => each(row, change))))
  return mutant({ writer: (inner) => ({ write: write(inner) }) })
}

/** A source that does. */
function reading(change: Change): Connector {
  const part = (inner: Part) => (inner.kind === 'rows' ? { rows: inner.rows.map((row) => each(row, change)) } : {})
  return mutant({ part: part as never })
}

function recoded(batch: Batch): Batch {
  if (batch.kind === 'rows') return batch
  const files = batch.files.map((file) => {
    const read = async (): Promise<Buffer> => {
      const bytes = Buffer.concat(await Array.fromAsync(file.open()))
      return Buffer.from(bytes.toString('latin1'))
    }
    return {
      ...file,
      open: async function* () {
        yield (await read()).subarray(0, file.bytes)
      },
    }
  })
  return { ...batch, files }
}

/** One decoder per chunk would also break at the edges; one for all breaks what is no UTF-8. */
async function* asText(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const decoder = new TextDecoder()
  yield* map(stream, (chunk) => Buffer.from(decoder.decode(chunk, { stream: true })))
  yield Buffer.from(decoder.decode())
}

function withFirstSchema(): Connector {
  const known = new Map<string, readonly string[]>()
  return mutant({
    connection: (inner, credentials) => ({
      openWriter: async (request) => {
        const space = String(credentials['space'])
        const names = known.get(space) ?? request.schema.fields.map(({ name }) => name)
        known.set(space, names)
        const writer = await inner.openWriter!(request)
        const write = (batch: Batch) => writer.write(rowsOf(batch, (rows) => rows.map((row) => only(row, names))))
        return Object.assign(Object.create(writer) as Writer, {
          write,
          prepare: () => writer.prepare(),
          commit: (token: JsonObject) => writer.commit(token),
          [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
        })
      },
    }),
  })
}

function only(row: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)))
}

const schemas = new Map<string, string>()

async function emptyUnlessSame(credentials: JsonObject, schema: Schema): Promise<void> {
  const space = String(credentials['space'])
  const now = JSON.stringify(schema)
  if (schemas.has(space) && schemas.get(space) !== now)
    await spaceOf(credentials).change('commit', (state) => ({ ...state, rows: {} }))
  schemas.set(space, now)
}

const owners = new Map<string, string>()

function boundToSchema(writer: Writer, schema: Schema): Writer {
  const own = JSON.stringify(schema)
  return {
    write: (batch) => writer.write(batch),
    prepare: async () => {
      const token = await writer.prepare()
      owners.set(String(token['stage']), own)
      return token
    },
    commit: async (token) => {
      if (owners.get(String(token['stage'])) === own) await writer.commit(token)
    },
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  }
}

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import type { FuzzFile, Piece } from './fuzz-file.ts'
import type { Ids } from './json-files.ts'
import { order } from './orders.ts'
import type { Random } from './random.ts'

const codecs = ['snappy', 'zstd', 'gzip', 'uncompressed', 'lz4_raw', 'brotli']

/** Makes Parquet files with a DuckDB that has nothing to do with the one under test. */
export class ParquetMaker implements AsyncDisposable {
  readonly #folder: string
  readonly #connection: DuckDBConnection
  #count = 0

  private constructor(folder: string, connection: DuckDBConnection) {
    this.#folder = folder
    this.#connection = connection
  }

  static async create(): Promise<ParquetMaker> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
    return new ParquetMaker(await mkdtemp(join(tmpdir(), 'leat-fuzz-')), await instance.connect())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.closeSync()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async file(random: Random, ids: Ids, name: string): Promise<FuzzFile> {
    const pieces = Array.from({ length: random.pick([0, 1, 10, 100, 3000]) }, () => row(random, ids.next()))
    const codec = random.pick(codecs)
    const whole = (): Promise<Buffer> => this.#written(pieces, random, codec)
    const refused = (what: string, bytes: Buffer, ...codes: string[]): FuzzFile => ({
      name,
      bytes,
      what,
      parts: [],
      spoiled: codes,
    })
    switch (random.between(0, 13)) {
      case 0: {
        const bytes = await whole()
        return refused('Parquet, cut', bytes.subarray(0, random.between(5, bytes.length - 1)), 'parquet.broken')
      }
      case 1: {
        const bytes = await whole()
        bytes.writeUInt32LE(random.pick([0, 1, bytes.length * 2, 0x7fffffff, 0xffffffff]), bytes.length - 8)
        return refused('Parquet whose footer lies about its length', bytes, 'parquet.broken')
      }
      case 2: {
        const bytes = await whole()
        bytes.write(random.pick(['PARX', 'PARE', '\0\0\0\0']), bytes.length - 4, 'latin1')
        return refused('Parquet without its last mark', bytes, 'parquet.broken')
      }
      case 3:
        return refused(
          'text with the name of Parquet',
          Buffer.from(`PAR1${pieces.length} is no Parquet\n`),
          'parquet.broken',
        )
      case 4:
        return refused(
          'Parquet with another column',
          await this.#written(pieces, random, codec, '1 AS more'),
          'parquet.schema_mismatch',
        )
      case 5:
        return refused(
          'Parquet with texts as ids',
          await this.#written(pieces, random, codec, null, `'x' || id`),
          'parquet.schema_mismatch',
        )
      case 6:
      case 7: {
        const bytes = await whole()
        for (let flips = random.between(1, 20); flips > 0; flips--) {
          const at = random.between(4, bytes.length - 9)
          bytes[at] = bytes[at]! ^ random.between(1, 255)
        }
        return { name, bytes, what: 'Parquet with flipped bits', parts: [], unknowable: true }
      }
      case 8:
        return {
          name: `${name}.gz`,
          bytes: gzipSync(await whole()),
          what: `Parquet (${codec}) in gzip`,
          parts: [{ suffix: '', pieces }],
        }
      default:
        return { name, bytes: await whole(), what: `Parquet (${codec})`, parts: [{ suffix: '', pieces }] }
    }
  }

  async #written(
    pieces: readonly Piece[],
    random: Random,
    codec: string,
    more: string | null = null,
    id = 'id',
  ): Promise<Buffer> {
    const path = join(this.#folder, `${this.#count++}.parquet`)
    const values = pieces.map(({ value = {} }) => `(${columns.map((column) => literal(value[column])).join(', ')})`)
    const rows = values.length === 0 ? '(NULL, NULL, NULL, NULL, NULL)' : values.join(', ')
    const select = `SELECT ${id}::${id === 'id' ? 'BIGINT' : 'VARCHAR'} AS id, long::BIGINT AS long, name::VARCHAR AS name,
      amount::DECIMAL(9, 2) AS amount, paid::BOOLEAN AS paid${more === null ? '' : `, ${more}`}
      FROM (VALUES ${rows}) t(id, long, name, amount, paid)${values.length === 0 ? ' WHERE false' : ''}`
    const version = random.pick(['V1', 'V2'])
    await this.#connection.run(
      `COPY (${select}) TO '${path}' (FORMAT parquet, COMPRESSION ${codec}, PARQUET_VERSION ${version}, ROW_GROUP_SIZE ${random.pick([2048, 122_880])})`,
    )
    const bytes = await readFile(path)
    await rm(path)
    return bytes
  }
}

const columns = ['id', 'long', 'name', 'amount', 'paid'] as const

function row(random: Random, id: number): Piece {
  const value: Record<string, string> = { ...order(random, id) }
  if (random.chance(0.1)) delete value[random.pick(columns.slice(1))]
  return { text: Buffer.alloc(0), fate: 'arrives', value, what: 'row' }
}

function literal(json: string | undefined): string {
  if (json === undefined) return 'NULL'
  return json.startsWith('"') ? `'${(JSON.parse(json) as string).replaceAll("'", "''")}'` : json
}

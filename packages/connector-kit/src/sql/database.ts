import type { BatchForm, EncodedFile, Json, TreeRequest } from '../contract.ts'
import type { Fault } from '../faults.ts'
import type { SqlDialect } from './dialect.ts'
import type { Table, TableColumn, TablePath } from './table.ts'

/** A row of a small result: text, or null. Drivers hand every value over as text, so that nothing is rounded on the way. */
export type SqlRow = Readonly<Record<string, string | null>>

/** One connection. Statements run one after another. Every call throws a Fault, made by `SqlDatabase.fault`. */
export interface SqlSession extends AsyncDisposable {
  /** A small result. Column names as the SQL aliases them, in the database's own case. */
  query(sql: string): Promise<readonly SqlRow[]>
  /** Rows that the statement changed. */
  execute(sql: string): Promise<number>
  /** Commits when `work` ends, rolls back when it throws. Not nested. */
  transaction<T>(work: () => Promise<T>): Promise<T>
}

/**
 * What a driver implements. With it, `sqlConnection` (connection.ts) is a whole connector: check, tree, sample, source, sink and plan.
 * One object for one connection of the engine; sessions come and go.
 */
export interface SqlDatabase extends AsyncDisposable {
  readonly dialect: SqlDialect
  /** Where names point that a config does not qualify: from the credential. */
  readonly home: { readonly database?: string; readonly schema?: string }
  /** A session of its own. Aborting `signal` ends its running statement and the session within a second. */
  session(signal: AbortSignal): Promise<SqlSession>
  /** Null when there is no such table or view. Looks a name up as it is written, then as the database folds names. */
  describe(session: SqlSession, table: TablePath): Promise<Table | null>
  /** Columns of a SELECT, found without running it. */
  describeQuery(session: SqlSession, query: string): Promise<readonly TableColumn[]>
  /** Tables, schemas and databases for trees and for the nearest name in a fault; bounded. */
  list(session: SqlSession, request: ListRequest): Promise<readonly ListedTable[]>
  readonly reading?: SqlReading
  readonly loading?: SqlLoading
}

export interface ListRequest extends Pick<TreeRequest, 'limit'> {
  readonly database?: string
  readonly schema?: string
}
export interface ListedTable {
  readonly path: TablePath
  readonly kind: 'table' | 'view'
  /** Bytes; absent when unknown. */
  readonly bytes?: number
}

export interface SqlReading {
  /**
   * Runs a SELECT, whose expressions give the notation of copy_text, and streams its rows as copy_text. Called with the same SELECT again it gives the
   * rows as they are then. `commit`: keep what the SELECT changed (`commit.on.read`); else the transaction reads only.
   */
  stream(select: string, more: { readonly signal: AbortSignal; readonly commit: boolean }): AsyncIterable<Uint8Array>
  /**
   * Conditions that cut a big table into parts of tens of megabytes, each row in exactly one of them whatever changes meanwhile (ranges of the primary
   * key, not places on disk). Fewer than two: the table is read at once.
   */
  ranges?(session: SqlSession, table: Table): Promise<readonly string[]>
  /** Values between `low` (null: the start) and `high` that cut an incremental read into parts of tens of megabytes, ascending. */
  splits?(session: SqlSession, request: SplitRequest): Promise<readonly string[]>
  /** SQL of the present moment, where it can be compared with a column of this type: rows of the future are not read yet. Null: it cannot. */
  now?(sqlType: string): string | null
  /**
   * Where an incremental read may end so that no row appears below it later, by the server's own knowledge of running transactions. Absent: the
   * greatest value that is there, and each read looks back (overlap.ts).
   */
  boundary?(session: SqlSession, request: BoundaryRequest): Promise<Boundary>
}

export interface BoundaryRequest {
  /** FROM clause: a table, or `(query) alias`. */
  readonly from: string
  /** Quoted column that grows. */
  readonly column: string
  readonly kind: 'id' | 'timestamp'
  /** Type of the column, for literals. */
  readonly sqlType: string
  /** Null: a query. */
  readonly table: Table | null
  /** How far below the last value late rows are looked for. */
  readonly overlapMs: number
  /** `state` of the last boundary; null at the first read. */
  readonly state: Json
  readonly signal: AbortSignal
}

export interface SplitRequest extends BoundaryRequest {
  readonly low: string | null
  readonly high: string
}

export interface Boundary {
  /** Greatest value to read, as text with full precision; null: there is nothing to read. */
  readonly upTo: string | null
  /**
   * SQL condition for rows at or below the last value that were not there yet when it was read (they share it, or came late). `last` is the literal
   * of that value. Absent: the database cannot tell, and the kit remembers what was read.
   */
  readonly late?: (last: string) => string
  /** Kept in the checkpoint. */
  readonly state: Json
}

export interface SqlLoading {
  /** How the engine encodes batches. `ordinal` is added by the kit. */
  readonly form: Omit<BatchForm, 'ordinal'>
  /**
   * Loads files into a staging table with exactly `columns` (quoted), as fast as the database can, on connections of its own if it likes.
   * All or nothing is not needed: after a failure the table is dropped. A row that does not fit throws a Fault of kind `data`.
   */
  load(session: SqlSession, request: LoadRequest): Promise<void>
  /**
   * For databases that take files inside of a transaction: rows that are only added are loaded straight into the table, once, and stay invisible in the
   * open transaction until the token is in it too. The sink then declares `staging: 'transaction'`.
   */
  readonly open?: OpenLoading
}

export interface OpenLoading {
  /** A session for the writer `epoch` of a delivery (`owner`: its name together with the table, short and plain). One file is loaded at a time. */
  session(owner: string, epoch: number, signal: AbortSignal): Promise<OpenSession>
  /** Ends the open sessions of earlier epochs, which may belong to processes that are gone or asleep and hold locks. */
  evict(session: SqlSession, owner: string, epoch: number): Promise<void>
}

/** A session that can keep a transaction open; inside of it `transaction` nests: what throws is undone alone. */
export interface OpenSession extends SqlSession {
  begin(): Promise<void>
  /** Throws a `transient` fault when it is not certain that the transaction is committed. */
  commit(): Promise<void>
}

export interface LoadRequest {
  /** The staging table, or with `SqlLoading.open` the table itself. */
  readonly stage: TablePath
  readonly columns: readonly string[]
  readonly files: readonly EncodedFile[]
  /** Every column of the staging table is text: the load is for finding bad rows, and must not fail for a value. */
  readonly asText: boolean
  readonly signal: AbortSignal
}

/** How the database's errors become faults: one table per connector. */
export type SqlFault = (thrown: unknown) => Fault

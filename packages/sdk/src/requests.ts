import type {
  CredentialCreate as AnyCredentialCreate,
  CredentialUpdate as AnyCredentialUpdate,
  LookupCreate as AnyLookupCreate,
  LookupUpdate as AnyLookupUpdate,
  NexsetCreate as AnyNexsetCreate,
  NexsetUpdate as AnyNexsetUpdate,
  SinkCreate as AnySinkCreate,
  SinkUpdate as AnySinkUpdate,
  SourceCreate as AnySourceCreate,
  SourceUpdate as AnySourceUpdate,
} from '@leat/contract'
import type { CredentialConfigs, SinkConfigs, SourceConfigs } from './connector-types.gen.ts'

/**
 * What the guide hands to `create`. Each name is a type and a function that returns its argument, so that the guide's Python reads
 * the same in TypeScript: `client.sources.create(SourceCreate({ … }))`. A plain object does as well.
 *
 * The configuration is typed by the connector that the type names; connectors that this version does not know take any object.
 */

type AnyConfig = Record<string, unknown>
type ConfigOf<Configs, T extends string> = T extends keyof Configs ? Configs[T] : AnyConfig

/** The contract's requests let unknown keys pass; a key that is typed here must not come in through that door. */
type Known<T> = { [K in keyof T as string extends K ? never : K]: T[K] }

/** Keys of `credentials` for a `credentials_type`. */
export type CredentialsOf<T extends string> = ConfigOf<CredentialConfigs, T>
export type SourceConfigOf<T extends string> = ConfigOf<SourceConfigs, T>
export type SinkConfigOf<T extends string> = ConfigOf<SinkConfigs, T>

export interface CredentialCreate<T extends string = string> extends Omit<
  Known<AnyCredentialCreate>,
  'credentials_type' | 'credentials'
> {
  readonly credentials_type: T
  readonly credentials?: CredentialsOf<NoInfer<T>>
}

export interface SourceCreate<T extends string = string> extends Omit<
  Known<AnySourceCreate>,
  'source_type' | 'source_config'
> {
  readonly source_type: T
  readonly source_config?: SourceConfigOf<NoInfer<T>>
}

export interface DestinationCreate<T extends string = string> extends Omit<
  Known<AnySinkCreate>,
  'sink_type' | 'sink_config'
> {
  readonly sink_type: T
  readonly sink_config?: SinkConfigOf<NoInfer<T>>
}

export interface NexsetCreate extends Omit<Known<AnyNexsetCreate>, 'transform'> {
  readonly transform?: Transform | null
}

export interface NexsetUpdate extends Omit<Known<AnyNexsetUpdate>, 'transform'> {
  readonly transform?: Transform | null
}

export interface CredentialUpdate extends Known<AnyCredentialUpdate> {}
export interface SourceUpdate extends Known<AnySourceUpdate> {}
export interface DestinationUpdate extends Known<AnySinkUpdate> {}
export interface LookupCreate extends Known<AnyLookupCreate> {}
export interface LookupUpdate extends Known<AnyLookupUpdate> {}

/** One operation of a transform; operations that are not listed here pass as well. */
export type Operation =
  | { operation: 'flatten'; path: string; alias?: string }
  | { operation: 'rename'; fields: Record<string, string> }
  | { operation: 'compute'; expression: string; as: string }
  | { operation: 'filter'; condition: string }
  | { operation: 'typecast'; fields: Record<string, string> }
  | { operation: 'map'; fields: Record<string, unknown> }
  | { operation: string & {}; [key: string]: unknown }

export type Transform = { version?: 1 | 2; operations: Operation[] } | { code_type: 'sql'; code: string } | AnyConfig

export function CredentialCreate<const T extends string>(value: CredentialCreate<T>): CredentialCreate<T> {
  return value
}
export function SourceCreate<const T extends string>(value: SourceCreate<T>): SourceCreate<T> {
  return value
}
export function DestinationCreate<const T extends string>(value: DestinationCreate<T>): DestinationCreate<T> {
  return value
}
export function NexsetCreate(value: NexsetCreate): NexsetCreate {
  return value
}
export function CredentialUpdate(value: CredentialUpdate): CredentialUpdate {
  return value
}
export function SourceUpdate(value: SourceUpdate): SourceUpdate {
  return value
}
export function DestinationUpdate(value: DestinationUpdate): DestinationUpdate {
  return value
}
export function LookupCreate(value: LookupCreate): LookupCreate {
  return value
}
export function LookupUpdate(value: LookupUpdate): LookupUpdate {
  return value
}
export function NexsetUpdate(value: NexsetUpdate): NexsetUpdate {
  return value
}

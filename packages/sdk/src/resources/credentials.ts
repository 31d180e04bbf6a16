import type {
  CopyOptions,
  Credential,
  Deleted,
  ConsentBegun,
  ProbeResult,
  ProbeSampleRequest,
  ProbeSampleResult,
  ProbeTreeRequest,
  ProbeTreeResult,
} from '@leat/contract'
import type { BodyOf, CallOptions, QueryOf } from '../call.ts'
import { everyPage } from '../pages.ts'
import type { CredentialCreate, CredentialUpdate } from '../requests.ts'
import { Resource } from './resource.ts'

type ListQuery = QueryOf<'list_credentials'>
type WriteOptions = CallOptions & { readonly strict?: boolean }

/** Logins to other systems. Secrets go in and never come back. */
export class CredentialsResource extends Resource {
  protected readonly kind = 'credential'

  list(query?: ListQuery, options?: CallOptions): Promise<Credential[]> {
    return this.call('list_credentials', { query, ...options })
  }

  /** Where a person allows this credential in a browser, and the redirect URI to be registered with the application there. */
  authorize(id: number, options?: CallOptions): Promise<ConsentBegun> {
    return this.call('authorize_credential', { params: { id }, ...options })
  }

  all(query?: ListQuery, options?: CallOptions): AsyncGenerator<Credential> {
    return everyPage((page, per_page) => this.list({ ...query, page, per_page }, options))
  }

  get(id: number, query?: QueryOf<'get_credential'>, options?: CallOptions): Promise<Credential> {
    return this.call('get_credential', { params: { id }, query, ...options })
  }

  /** Answers before the login was tried: `probe` tries it. */
  create<const T extends string>(
    body: CredentialCreate<T>,
    { strict, ...options }: WriteOptions = {},
  ): Promise<Credential> {
    return this.call('create_credential', {
      body: body as object as BodyOf<'create_credential'>,
      query: { strict },
      ...options,
    })
  }

  /** `credentials` is replaced whole. */
  update(id: number, body: CredentialUpdate, { strict, ...options }: WriteOptions = {}): Promise<Credential> {
    return this.call('update_credential', { params: { id }, body, query: { strict }, ...options })
  }

  /** Throws `ResourceConflictError` while a source or sink uses it. */
  delete(id: number, options?: CallOptions): Promise<Deleted> {
    return this.call('delete_credential', { params: { id }, ...options })
  }

  copy(id: number, body: CopyOptions = {}, options?: CallOptions): Promise<Credential> {
    return this.call('copy_credential', { params: { id }, body, ...options })
  }

  /** Tries the login as a run would. Throws `CredentialError` with the reason. */
  probe(id: number, options?: CallOptions): Promise<ProbeResult> {
    return this.call('probe_credential', { params: { id }, ...options })
  }

  /** What can be read: folders and files, databases and tables, `depth` levels deep. */
  probeTree(id: number, body: ProbeTreeRequest, options?: CallOptions): Promise<ProbeTreeResult> {
    return this.call('probe_credential_tree', { params: { id }, body, ...options })
  }

  /** The first records of a file (`path`) or of what the keys of a `source_config` name. */
  probeSample(id: number, body: ProbeSampleRequest, options?: CallOptions): Promise<ProbeSampleResult> {
    return this.call('probe_credential_sample', { params: { id }, body, ...options })
  }
}

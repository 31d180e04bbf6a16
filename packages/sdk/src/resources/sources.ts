import type {
  ActivatedSource,
  CopyOptions,
  Deleted,
  Run,
  RunDetail,
  Source,
  SourceTrial,
  UploadResult,
} from '@leat/contract'
import type { BodyOf, CallOptions, QueryOf } from '../call.ts'
import { everyPage } from '../pages.ts'
import type { SourceCreate, SourceUpdate } from '../requests.ts'
import { Resource } from './resource.ts'

type ListQuery = QueryOf<'list_sources'>
type WriteOptions = CallOptions & { readonly strict?: boolean }

/** A file to hand to a `file_upload` source. */
export interface UploadFile {
  readonly name: string
  readonly content: Blob | Uint8Array<ArrayBuffer> | string
}

export class SourcesResource extends Resource {
  protected readonly kind = 'source'

  list(query?: ListQuery, options?: CallOptions): Promise<Source[]> {
    return this.call('list_sources', { query, ...options })
  }

  all(query?: ListQuery, options?: CallOptions): AsyncGenerator<Source> {
    return everyPage((page, per_page) => this.list({ ...query, page, per_page }, options))
  }

  get(id: number, query?: QueryOf<'get_source'>, options?: CallOptions): Promise<Source> {
    return this.call('get_source', { params: { id }, query, ...options })
  }

  /** A source does nothing until it is activated. */
  create<const T extends string>(body: SourceCreate<T>, { strict, ...options }: WriteOptions = {}): Promise<Source> {
    return this.call('create_source', {
      body: body as object as BodyOf<'create_source'>,
      query: { strict },
      ...options,
    })
  }

  /** `source_config` is replaced whole. */
  update(id: number, body: SourceUpdate, { strict, ...options }: WriteOptions = {}): Promise<Source> {
    return this.call('update_source', { params: { id }, body, query: { strict }, ...options })
  }

  delete(id: number, options?: CallOptions): Promise<Deleted> {
    return this.call('delete_source', { params: { id }, ...options })
  }

  /** Starts the first run. Answers after the first detection of data, or after 5 s. */
  activate(id: number, options?: CallOptions): Promise<ActivatedSource> {
    return this.call('activate_source', { params: { id }, ...options })
  }

  pause(id: number, options?: CallOptions): Promise<ActivatedSource> {
    return this.call('pause_source', { params: { id }, ...options })
  }

  /** The requests that the next run would begin with, without secrets. With `sample` the beginning of the answer as well. */
  try(id: number, body: BodyOf<'try_source'> = {}, options?: CallOptions): Promise<SourceTrial> {
    return this.call('try_source', { params: { id }, body, ...options })
  }

  copy(id: number, body: CopyOptions = {}, options?: CallOptions): Promise<Source> {
    return this.call('copy_source', { params: { id }, body, ...options })
  }

  /** Runs now; answers with the run that is under way, when there is one. */
  run(id: number, options?: CallOptions): Promise<RunDetail> {
    return this.call('run_source', { params: { id }, ...options })
  }

  /** Newest first. */
  runs(id: number, query?: QueryOf<'list_source_runs'>, options?: CallOptions): Promise<Run[]> {
    return this.call('list_source_runs', { params: { id }, query, ...options })
  }

  /** Hands files to a `file_upload` source. Give a `timeout_ms` that fits their size. */
  uploadFiles(id: number, files: readonly UploadFile[], options?: CallOptions): Promise<UploadResult> {
    const form = new FormData()
    for (const { name, content } of files)
      form.append('file', content instanceof Blob ? content : new Blob([content]), name)
    return this.call('upload_source_file', { params: { id }, body: form as never, ...options })
  }
}

import type { Accessor, AccessorRequest, AuditEntry } from '@leat/contract'
import type { Caller, CallOptions, QueryOf } from '../call.ts'

/** What every kind of resource has: access rules and an audit log. */
export abstract class Resource {
  protected readonly call: Caller
  protected abstract readonly kind: 'credential' | 'source' | 'nexset' | 'sink' | 'lookup' | 'flow'

  constructor(call: Caller) {
    this.call = call
  }

  getAccessors(id: number, options?: CallOptions): Promise<Accessor[]> {
    return this.call(`get_${this.kind}_accessors`, { params: { id }, ...options })
  }

  addAccessors(id: number, accessors: AccessorRequest[], options?: CallOptions): Promise<Accessor[]> {
    return this.call(`add_${this.kind}_accessors`, { params: { id }, body: { accessors }, ...options })
  }

  replaceAccessors(id: number, accessors: AccessorRequest[], options?: CallOptions): Promise<Accessor[]> {
    return this.call(`replace_${this.kind}_accessors`, { params: { id }, body: { accessors }, ...options })
  }

  /** All of them without `accessors`. */
  deleteAccessors(id: number, accessors?: AccessorRequest[], options?: CallOptions): Promise<Accessor[]> {
    const body = accessors && { body: { accessors } }
    return this.call(`delete_${this.kind}_accessors`, { params: { id }, ...body, ...options })
  }

  getAuditLog(id: number, query?: QueryOf<'get_source_audit_log'>, options?: CallOptions): Promise<AuditEntry[]> {
    return this.call(`get_${this.kind}_audit_log`, { params: { id }, query, ...options })
  }
}

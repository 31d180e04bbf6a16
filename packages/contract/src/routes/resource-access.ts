import { accessors, accessorsRequest, auditLog, auditQuery } from '../resources/access.ts'
import { type ResourceKind, type Role, route } from '../route.ts'
import { idParams } from '../values.ts'

/** Least role on a resource of this kind. */
export function needs<const K extends ResourceKind, const R extends Role>(resource: K, role: R) {
  return { resource, role }
}

/** Accessors and audit log, the same for every kind of resource. `K` is also the first step of the path. */
function accessRoutes<const K extends ResourceKind>(kind: K) {
  const path = `/${kind}/{id}/accessors` as const
  const common = { path, params: idParams, tag: kind, response: accessors } as const
  const change = { ...common, body: accessorsRequest, access: needs(kind, 'admin') } as const
  return {
    get: route({ ...common, method: 'GET', summary: 'Who may do what', access: needs(kind, 'collaborator') }),
    add: route({ ...change, method: 'PUT', summary: 'Add access rules' }),
    replace: route({ ...change, method: 'POST', summary: 'Replace all access rules' }),
    remove: route({
      ...change,
      method: 'DELETE',
      summary: 'Remove the given access rules; all of them without a body',
      body: accessorsRequest.nullish(),
    }),
    audit: route({
      method: 'GET',
      path: `/${kind}/{id}/audit_log` as const,
      summary: 'What was changed, by whom',
      tag: kind,
      params: idParams,
      query: auditQuery,
      response: auditLog,
      access: needs(kind, 'collaborator'),
    }),
  }
}

const credentials = accessRoutes('data_credentials')
const sources = accessRoutes('data_sources')
const nexsets = accessRoutes('data_sets')
const sinks = accessRoutes('data_sinks')
const lookups = accessRoutes('data_maps')
const flows = accessRoutes('flows')

export const resourceAccessRoutes = {
  get_credential_accessors: credentials.get,
  add_credential_accessors: credentials.add,
  replace_credential_accessors: credentials.replace,
  delete_credential_accessors: credentials.remove,
  get_credential_audit_log: credentials.audit,
  get_source_accessors: sources.get,
  add_source_accessors: sources.add,
  replace_source_accessors: sources.replace,
  delete_source_accessors: sources.remove,
  get_source_audit_log: sources.audit,
  get_nexset_accessors: nexsets.get,
  add_nexset_accessors: nexsets.add,
  replace_nexset_accessors: nexsets.replace,
  delete_nexset_accessors: nexsets.remove,
  get_nexset_audit_log: nexsets.audit,
  get_sink_accessors: sinks.get,
  add_sink_accessors: sinks.add,
  replace_sink_accessors: sinks.replace,
  delete_sink_accessors: sinks.remove,
  get_sink_audit_log: sinks.audit,
  get_lookup_accessors: lookups.get,
  add_lookup_accessors: lookups.add,
  replace_lookup_accessors: lookups.replace,
  delete_lookup_accessors: lookups.remove,
  get_lookup_audit_log: lookups.audit,
  get_flow_accessors: flows.get,
  add_flow_accessors: flows.add,
  replace_flow_accessors: flows.replace,
  delete_flow_accessors: flows.remove,
  get_flow_audit_log: flows.audit,
}

import { deleted, treeQuery } from '../resources/common.ts'
import { flowCopyOptions, flowDeleteQuery, flowGetQuery, flowListQuery, flowResponse } from '../resources/flow.ts'
import { route } from '../route.ts'
import { idParams, typedParams } from '../values.ts'
import { needs } from './resource-access.ts'

const tag = 'flows'
const one = { path: '/flows/{id}', params: idParams, tag } as const
const byResource = { params: typedParams, tag } as const

/** `{id}` of a flow is the id of any of its nodes; the origin node stands for the whole flow. */
export const flowRoutes = {
  list_flows: route({
    method: 'GET',
    path: '/flows',
    summary: 'Flows that the caller may see, as one object',
    tag,
    query: flowListQuery,
    response: flowResponse,
    access: 'member',
  }),
  get_flow: route({
    ...one,
    method: 'GET',
    summary: 'One flow as a tree of nodes',
    query: flowGetQuery,
    response: flowResponse,
    access: needs(tag, 'collaborator'),
  }),
  delete_flow: route({
    ...one,
    method: 'DELETE',
    summary: 'Delete a flow with its source, nexsets and destinations',
    query: flowDeleteQuery,
    response: deleted,
    access: needs(tag, 'owner'),
  }),
  activate_flow: route({
    method: 'PUT',
    path: '/flows/{id}/activate',
    summary: 'Activate the node and everything below it; the whole tree with `all` or `full_tree`',
    tag,
    params: idParams,
    query: treeQuery,
    response: flowResponse,
    access: needs(tag, 'operator'),
  }),
  pause_flow: route({
    method: 'PUT',
    path: '/flows/{id}/pause',
    summary: 'Pause the node and everything below it; the whole tree with `all` or `full_tree`',
    tag,
    params: idParams,
    query: treeQuery,
    response: flowResponse,
    access: needs(tag, 'operator'),
  }),
  copy_flow: route({
    method: 'POST',
    path: '/flows/{id}/copy',
    summary: 'Copy a flow, paused; copies carry `copied_from_id`',
    tag,
    params: idParams,
    body: flowCopyOptions.prefault({}),
    response: flowResponse,
    access: needs(tag, 'collaborator'),
  }),
  get_resource_flow: route({
    ...byResource,
    method: 'GET',
    path: '/{resource_type}/{id}/flow',
    summary: 'The flow that a resource is part of',
    query: flowGetQuery,
    response: flowResponse,
    access: { resource: '{resource_type}', role: 'collaborator' },
  }),
  delete_resource_flow: route({
    ...byResource,
    method: 'DELETE',
    path: '/{resource_type}/{id}/flow',
    summary: 'Delete the flow that a resource is part of',
    response: deleted,
    access: { resource: '{resource_type}', role: 'owner' },
  }),
  activate_resource_flow: route({
    ...byResource,
    method: 'PUT',
    path: '/{resource_type}/{id}/flow/activate',
    summary: 'Activate the flow that a resource is part of',
    query: treeQuery,
    response: flowResponse,
    access: { resource: '{resource_type}', role: 'operator' },
  }),
  pause_resource_flow: route({
    ...byResource,
    method: 'PUT',
    path: '/{resource_type}/{id}/flow/pause',
    summary: 'Pause the flow that a resource is part of',
    query: treeQuery,
    response: flowResponse,
    access: { resource: '{resource_type}', role: 'operator' },
  }),
}

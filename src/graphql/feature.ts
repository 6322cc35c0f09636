import type { JobDefinition, MaintenanceTask } from '../platform/jobs.js';
import type { GatewayContext } from './context.js';

/** What a feature gives to the gateway. */
export interface Feature {
  /** Instances of TypeGraphQL resolver classes. */
  readonly resolvers?: readonly object[];
  readonly references?: readonly Reference[];
  readonly jobs?: readonly JobDefinition<never>[];
  /** Work that is due every hour, on one node. */
  readonly maintenance?: readonly MaintenanceTask[];
}

/** An entity of the subgraph: how it is found by its key, and whose it is. */
export interface Reference<T = unknown> {
  readonly typeName: string;
  resolve(representation: Readonly<Record<string, unknown>>, context: GatewayContext): Promise<T | null>;
  // A method, not a property: TypeScript then lets a reference of any type stand in the list.
  ownerId(object: T): string;
}

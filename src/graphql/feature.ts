import type { FastifyInstance } from 'fastify';
import type { JobDefinition, MaintenanceTask } from '../platform/jobs.js';
import type { GatewayContext } from './context.js';

/** The parts of a feature that the gateway assembles and runs. */
export interface Feature {
  /** Instances of TypeGraphQL resolver classes. */
  readonly resolvers?: readonly object[];
  readonly references?: readonly Reference[];
  /** The events of subscription fields by topic. */
  readonly events?: Readonly<Record<string, EventSource>>;
  readonly jobs?: readonly JobDefinition<never>[];
  /** Work that is due every hour, on one node. */
  readonly maintenance?: readonly MaintenanceTask[];
  /** Adds HTTP routes. */
  routes?(app: FastifyInstance): void;
  /** Runs after the migrations and before the first request, in the order of the features. */
  start?(): Promise<unknown>;
  /** Ends connections that stay open, such as streams, when the gateway stops listening. */
  drain?(): void;
  /** Runs after the last request, in reverse order. */
  close?(): unknown;
}

/**
 * The events of one topic.
 * @param id selects the events of one object; the field makes it from the context
 */
export type EventSource = (id: string) => AsyncIterable<unknown>;

/** How an entity of the subgraph is loaded by its key, and who owns it. */
export interface Reference<T = unknown> {
  readonly typeName: string;
  resolve(representation: Readonly<Record<string, unknown>>, context: GatewayContext): Promise<T | null>;
  // A method, not a property, so that TypeScript accepts a reference of any type in the list.
  ownerId(object: T): string;
}

import { type ConstDirectiveNode, type FieldDefinitionNode, Kind, parse, print, visit } from 'graphql';

export interface RateLimitRule {
  readonly limit: number;
  /** Seconds. */
  readonly duration: number;
}

/** The rules of `RATE_LIMITS`, by the name of the operation. */
export type RateLimitOverrides = Readonly<Record<string, RateLimitRule>>;

/** Writes the overrides into the SDL: the gateway enforces what it prints for routers. */
export function withRateLimits(sdl: string, overrides: RateLimitOverrides): string {
  if (Object.keys(overrides).length === 0) return sdl;
  const document = visit(parse(sdl), {
    ObjectTypeDefinition: ({ name }) => (ROOTS.has(name.value) ? undefined : false),
    FieldDefinition: (field) => overridden(field, overrides),
  });
  return `${print(document)}\n`;
}

const ROOTS: ReadonlySet<string> = new Set(['Query', 'Mutation']);

function overridden(
  field: FieldDefinitionNode,
  overrides: RateLimitOverrides,
): FieldDefinitionNode | undefined {
  if (!Object.hasOwn(overrides, field.name.value)) return undefined;
  const rule = overrides[field.name.value] as RateLimitRule;
  const others = (field.directives ?? []).filter(({ name }) => name.value !== 'rateLimit');
  return { ...field, directives: [...others, directive(rule)] };
}

function directive(rule: RateLimitRule): ConstDirectiveNode {
  const argument = (name: 'limit' | 'duration') => ({
    kind: Kind.ARGUMENT as const,
    name: { kind: Kind.NAME as const, value: name },
    value: { kind: Kind.INT as const, value: String(rule[name]) },
  });
  return {
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: 'rateLimit' },
    arguments: [argument('limit'), argument('duration')],
  };
}

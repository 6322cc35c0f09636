import { Field, ID, ObjectType } from 'type-graphql';
import type { AuditEventType } from '../audit/index.js';
import { DateTimeISO } from '../graphql/date-time.js';
import { PageInfo } from '../graphql/page-info.type.js';
import { AuditEventTypes } from './administration.input.js';

@ObjectType('AuditEvent', { description: 'One line of the append-only security log.' })
export class AuditEvent {
  @Field(() => ID)
  id!: string;

  @Field(() => AuditEventTypes)
  type!: AuditEventType;

  actorId!: string | null;

  subjectId!: string | null;

  @Field(() => String, { nullable: true })
  ipAddress!: string | null;

  @Field(() => String, { nullable: true })
  userAgent!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What else is known, as JSON text without secrets.',
  })
  details!: string | null;

  @Field(() => DateTimeISO)
  createdAt!: Date;
}

@ObjectType()
export class AuditEventEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => AuditEvent)
  node!: AuditEvent;
}

@ObjectType()
export class AuditEventConnection {
  @Field(() => [AuditEventEdge])
  edges!: AuditEventEdge[];

  @Field(() => [AuditEvent])
  nodes!: AuditEvent[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;
}

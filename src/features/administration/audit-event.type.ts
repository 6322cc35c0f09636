import { Field, ID, ObjectType } from 'type-graphql';
import type { AuditEventType } from '../../audit/index.js';
import { DateTimeISO } from '../../graphql/date-time.js';
import { PageInfo } from '../../graphql/page-info.type.js';
import { AuditEventTypes } from './administration.input.js';

@ObjectType('AuditEvent', { description: 'One line of the append-only security log.' })
export class AuditEvent {
  @Field(() => ID, { description: 'The id of the event.' })
  id!: string;

  @Field(() => AuditEventTypes, { description: 'The kind of the event.' })
  type!: AuditEventType;

  actorId!: string | null;

  subjectId!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The IP address of the client that caused the event. Null if the event was not caused by a request, or if the caller may not read it.',
  })
  ipAddress!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The User-Agent header of the client, up to 500 characters. Null if the client sent none, if the event was not caused by a request, or if the caller may not read it.',
  })
  userAgent!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A JSON object as text with further facts, never with secrets. Null if there are none, or if the caller may not read them.',
  })
  details!: string | null;

  @Field(() => DateTimeISO, { description: 'The time of the event.' })
  createdAt!: Date;
}

@ObjectType({ description: 'An audit event and its cursor.' })
export class AuditEventEdge {
  @Field(() => String, {
    description: 'An opaque cursor for the argument after. It is valid only for the list that it comes from.',
  })
  cursor!: string;

  @Field(() => AuditEvent, { description: 'The event at this place in the list.' })
  node!: AuditEvent;
}

@ObjectType({ description: 'One page of audit events, newest first.' })
export class AuditEventConnection {
  @Field(() => [AuditEventEdge], { description: 'The events of the page with their cursors.' })
  edges!: AuditEventEdge[];

  @Field(() => [AuditEvent], { description: 'The events of the page without their cursors.' })
  nodes!: AuditEvent[];

  @Field(() => PageInfo, { description: 'The position of the page in the list.' })
  pageInfo!: PageInfo;
}

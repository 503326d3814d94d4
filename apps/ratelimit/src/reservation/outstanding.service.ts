import { Injectable } from '@nestjs/common';
import type { LimitCost } from '#contracts';
import { decodeCursor, encodeCursor } from '#service';
import { OutstandingRepository, type OutstandingPlace } from './outstanding.repository.js';
import { isReached } from './reservation-record.js';
import { ReservationRepository } from './reservation.repository.js';

const placePattern = /^\d{1,16} [A-Za-z0-9_.-]{1,128}$/;

/** One reservation as administrators see it. */
interface OutstandingReservation {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly reserved: LimitCost;
  readonly policy?: string;
  readonly model?: string;
  readonly keepOnExpiry: boolean;
}

interface OutstandingPage {
  readonly data: readonly OutstandingReservation[];
  readonly nextCursor: string | null;
}

/** Lists what is set aside and not yet settled. */
@Injectable()
export class OutstandingService {
  constructor(
    private readonly places: OutstandingRepository,
    private readonly reservations: ReservationRepository,
  ) {}

  /**
   * In the order of their deadlines. Of a key that reaches only its own, a page may hold fewer than `limit`.
   * @throws ServiceError invalid_request for a foreign cursor
   */
  async list(tenant: string, limit: number, cursor?: string, keyId?: string): Promise<OutstandingPage> {
    const found = await this.places.after(tenant, cursor === undefined ? undefined : placeOf(cursor), limit + 1);
    const page = found.slice(0, limit);
    const read = await Promise.all(page.map(({ id }) => this.read(tenant, id, keyId)));
    const data = read.filter((reservation) => reservation !== undefined);
    const last = page.at(-1);
    if (found.length <= limit || !last) return { data, nextCursor: null };
    return { data, nextCursor: encodeCursor(`${last.deadline} ${last.id}`) };
  }

  /** Nothing when it has ended meanwhile, or is somebody else's. */
  private async read(tenant: string, id: string, keyId?: string): Promise<OutstandingReservation | undefined> {
    const found = await this.reservations.find(tenant, id);
    if (typeof found !== 'object' || !isReached(found, keyId)) return undefined;
    const { createdAt, deadline, reserved, policy, model, keep } = found;
    const expiresAt = new Date(deadline).toISOString();
    const names = { ...(policy !== undefined && { policy }), ...(model !== undefined && { model }) };
    return { id, createdAt, expiresAt, reserved, ...names, keepOnExpiry: keep };
  }
}

function placeOf(cursor: string): OutstandingPlace {
  const [deadline, id] = decodeCursor(cursor, placePattern).split(' ');
  return { deadline: Number(deadline), id: id! };
}

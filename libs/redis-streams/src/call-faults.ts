import { ServiceError } from '#contracts';

export const faults = {
  deadline: (topic: string) => new ServiceError('deadline_exceeded', `${topic} did not answer in time`),
  unreachable: (topic: string, cause: unknown) =>
    new ServiceError('unavailable', `${topic} cannot be reached`, {}, { cause }),
  noHandler: (topic: string) => new ServiceError('unavailable', `Nothing here answers ${topic}`),
  tooMany: (topic: string) =>
    new ServiceError('unavailable', `Too many calls wait for an answer; ${topic} was not asked`),
  cancelled: (topic: string) => new ServiceError('deadline_exceeded', `The caller gave ${topic} up`),
  closed: (topic: string) => new ServiceError('unavailable', `${topic} was not answered before this process closed`),
  brokenStream: (topic: string) => new ServiceError('unavailable', `The streamed reply of ${topic} lost a part`),
};

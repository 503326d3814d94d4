import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RedisConnections } from '#redis-connection';
import { TransportStatus } from '#redis-streams';
import { Metrics } from './metrics.js';

/** Redis roles and the transport as gauges, read when a scrape asks. */
@Injectable()
export class ConnectionMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly connections: RedisConnections,
    private readonly transport: TransportStatus,
  ) {}

  onModuleInit(): void {
    this.metrics.watchProcess();
    this.metrics.gauge('larder_redis_connected', '1 while the role answers', ['role'], (gauge) => {
      for (const { role, status } of this.connections.snapshot()) gauge.set({ role }, status === 'connected' ? 1 : 0);
    });
    this.metrics.gauge('larder_redis_transitions', 'How often the role went or came back', ['role'], (gauge) => {
      for (const { role, transitions } of this.connections.snapshot()) gauge.set({ role }, transitions);
    });
    this.watchTransport();
  }

  private watchTransport(): void {
    const { metrics, transport } = this;
    metrics.gauge('larder_transport_consuming', '1 while requests and events are being read', [], (gauge) => {
      gauge.set(transport.snapshot().status === 'consuming' ? 1 : 0);
    });
    metrics.gauge('larder_rpc_outstanding', 'Calls of this process that wait for a reply', [], (gauge) => {
      gauge.set(transport.snapshot().outstanding);
    });
    metrics.gauge('larder_rpc_backlog', 'Requests that no replica has read yet', ['stream'], (gauge) => {
      for (const { stream, backlog } of transport.snapshot().services) gauge.set({ stream }, backlog);
    });
    metrics.gauge('larder_rpc_in_flight', 'RPC handlers in flight in this process', ['stream'], (gauge) => {
      for (const { stream, inFlight } of transport.snapshot().services) gauge.set({ stream }, inFlight);
    });
    metrics.gauge('larder_event_lag', 'Events not delivered yet to the group', ['stream', 'group'], (gauge) => {
      for (const { stream, group, lag } of transport.snapshot().events) gauge.set({ stream, group }, lag);
    });
    metrics.gauge('larder_event_pending', 'Events delivered and not acknowledged', ['stream', 'group'], (gauge) => {
      for (const { stream, group, pending } of transport.snapshot().events) gauge.set({ stream, group }, pending);
    });
  }
}

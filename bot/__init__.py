"""The core of Protocolwijzer: knows no platform, opens no socket, reads no clock of its own."""

"""License whole fleets of Cisco Nexus (NX-OS) switches."""

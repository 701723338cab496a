//! What befalls the world.

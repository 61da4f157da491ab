"""Files to pictures, and what a picture shows of the room it was taken in."""
